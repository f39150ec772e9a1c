import type { Tenant } from '@tenantry/protocol';
import type { FeedMessage } from '@tenantry/protocol/wire';
import type { FeedHead, FeedPosition } from '../replica/feed-head.ts';
import { CatchUpWaiters } from './catch-up-waiters.ts';
import { type FeedFollower, NOBODY } from './feed-follower.ts';
import { FeedLosses } from './feed-losses.ts';
import type { FeedMark, FeedStart, SavedFeedMark } from './feed-marks.ts';
import { agrees, BEFORE_FIRST, hasHeard } from './feed-position.ts';
import { type FeedParts, FeedRepair, MAX_WAITING, type RepairedFeed } from './feed-repair.ts';

/**
 * Follows one tenant's feed without a gap. The owner subscribes first, then says `connected`, which reads the head; overlap is dropped by seq.
 *
 *   reader: read the head (seq 4)
 *   writer:                           message 5
 *   reader:                                      subscribe     → 5 is never heard
 *
 * Continuity is proved by finding the last message seen, with its tag, still in the stream. Where it is not (trimmed,
 * Redis lost or rewound its data) the follower is told to resync. What is absent is gone only in a Redis that lost nothing or was filled.
 */
export class TenantFeed implements RepairedFeed {
  readonly tenant: Tenant;
  /** The name of its stream and of its channel. */
  readonly channel: string;
  readonly losses: FeedLosses;
  owesResync = false;
  #follower: FeedFollower;
  readonly #parts: FeedParts;
  #position: FeedPosition | undefined;
  #waiting: FeedMessage[] | undefined;
  #repairing: Promise<void> | undefined;
  #again = false;
  #subscribed = false;
  /** Every push since the position was heard. False from the loss of a connection to the repair on the next. */
  #continuous = false;
  #live = false;
  #why = '';
  /** A push may be of another history. */
  #isDoubtful = false;
  #hasLostPush = false;
  /** What was shown of it before it was followed, by an earlier follower or from replies; undefined from the first repair on. */
  #leftAt: FeedPosition | undefined;
  #catchUps: CatchUpWaiters | undefined;

  constructor(tenant: Tenant, channel: string, follower: FeedFollower, parts: FeedParts, start: FeedStart = {}) {
    this.tenant = tenant;
    this.channel = channel;
    this.#follower = follower;
    this.#parts = parts;
    this.#leftAt = start.mark?.position;
    this.#position = start.mark ? undefined : start.saved?.position;
    this.losses = start.mark?.losses ?? new FeedLosses(start.saved?.losses);
  }

  get follower(): FeedFollower {
    return this.#follower;
  }

  get live(): boolean {
    return this.#live;
  }

  /** Its channel is subscribed on the present connection. */
  get subscribed(): boolean {
    return this.#subscribed;
  }

  /** Where it is left. Undefined: Redis was never asked. */
  get mark(): FeedMark | undefined {
    const position = this.#position ?? this.#leftAt;
    return position && { position, losses: this.losses };
  }

  /** The same for another process. Undefined: the follower is not there, or Redis was never asked. */
  get saved(): SavedFeedMark | undefined {
    return this.#position && { position: this.#position, losses: this.losses.saved };
  }

  /** The last message handed to the follower. Undefined until Redis was asked for the first time. */
  get position(): FeedPosition | undefined {
    return this.#position;
  }

  /** Only its head can tell whether it heard everything: also where somebody waits for a message that Redis has. */
  get isInDoubt(): boolean {
    return !this.#live || this.#isDoubtful || this.#catchUps?.areWaiting === true;
  }

  /** A message did not arrive since the last call, although the connection was there. */
  takeLostPush(): boolean {
    const hasLost = this.#hasLostPush;
    this.#hasLostPush = false;
    return hasLost;
  }

  /** The channel is subscribed: finds out what was missed and goes on from there. `fillState` and `lost` are as of `FeedLosses.begin`. */
  connected(why: string, fillState?: string, lost?: readonly string[]): Promise<void> {
    this.#subscribed = true;
    // Later ones may be of a Redis that has lost something.
    if (!this.#position && !this.#leftAt) this.losses.begin(fillState, lost);
    return this.#repair(why);
  }

  /** The connection is gone: changes may be missed from now on. */
  disconnected(why: string): void {
    this.#subscribed = false;
    this.#continuous = false;
    this.#waiting = undefined;
    this.#setLive(false, why);
  }

  /** Redis is there and does not answer: pushes may still come, but nothing proves it. */
  unanswered(): void {
    this.#setLive(false, 'Redis does not answer');
  }

  /** It has no follower any more. */
  left(): void {
    this.#follower = NOBODY;
  }

  /** One push from the channel. */
  receive(bytes: Buffer): void {
    let message: FeedMessage;
    try {
      message = this.#parts.codec.decode(bytes);
    } catch (error) {
      this.#follower.onTrouble(error);
      void this.#repair('a feed message could not be read');
      return;
    }
    // Nothing may follow a position that was not found again since the connection was lost: a Redis that came back
    // with an older state counts on from there, and one day comes to the very seq that is awaited.
    if (!this.#waiting) this.#continuous && this.advance(message);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(message);
    else this.#again = true;
  }

  /** Its head is about to be asked for: answers the position until then. What is doubtful from here on is so the next time, too. */
  beginCheck(): FeedPosition | undefined {
    this.#isDoubtful = false;
    this.#catchUps?.asked();
    return this.#position;
  }

  /**
   * Compares with a head read after `before` was the position, and before a moment at which every push up to it was
   * received: what is missing now was lost. `fillState` is that of Redis, where it is known.
   */
  check(head: FeedHead | undefined, before: FeedPosition | undefined, fillState?: string): void {
    if (!this.#subscribed) return;
    // A repair may have read its head before there was doubt.
    if (this.#repairing) this.#isDoubtful = true;
    else if (!this.#live) void this.#repair('it was not live');
    else if (!agrees(this.#position, head, before)) {
      this.#hasLostPush = true;
      void this.#repair('the feed fell silent');
    } else {
      this.losses.saw(head);
      this.losses.sawFillState(fillState);
      // Whoever waited before the head was read, and still waits, waits for what Redis does not have.
      this.#catchUps?.settle(this.#position, 'asked');
    }
  }

  /**
   * Resolves once everything up to this head was handed to the follower; false where that cannot be known. `before` was the position
   * when the head was asked for. A Redis that comes back with an older state may answer before it is known that it was away:
   *
   *   feed:    message 7                                connection lost   position 7 is not in Redis: begins anew
   *   reader:             MGET a   (sent again)   → as of 5: what was heard since is not in it
   *   Redis:                      goes back to 5
   */
  caughtUp(head: FeedHead | undefined, before?: FeedPosition): Promise<boolean> | boolean {
    if (!this.#position) this.#leftAt ??= head;
    const heard = hasHeard(this.#position, head, before);
    if (heard && (!head || this.#continuous)) return true;
    if (head && heard === undefined && this.#continuous && this.#live) {
      this.#catchUps ??= new CatchUpWaiters();
      return this.#catchUps.until(head);
    }
    // Redis may have lost what was heard.
    this.#isDoubtful = true;
    return false;
  }

  get leftAt(): FeedPosition | undefined {
    return this.#leftAt;
  }

  moveTo(position: FeedPosition): void {
    this.#position = position;
    this.#leftAt = undefined;
  }

  interrupt(why: string): void {
    this.#setLive(false, why);
  }

  resume(): void {
    this.#goOn(true);
  }

  /** One at a time; never rejects: what failed is tried again by the next check. */
  #repair(why: string): Promise<void> {
    if (this.#repairing) this.#again = true;
    this.#repairing ??= this.#repairUntilClean(why).finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  async #repairUntilClean(why: string): Promise<void> {
    try {
      do {
        this.#again = false;
        this.#waiting = [];
        await new FeedRepair(this, this.#parts).run();
        this.#goOn(true);
      } while (this.#again && this.#subscribed);
      this.#parts.refusals.ended(this);
      if (this.#subscribed) this.#setLive(this.losses.why === undefined, this.losses.why ?? why);
    } catch (error) {
      this.#goOn(false);
      this.#parts.refusals.failed(this, error);
      if (this.#subscribed) this.#setLive(false, 'Redis does not answer');
    }
  }

  /** Takes what was pushed during a repair, unless its connection is gone. `proved`: the position was found in Redis. */
  #goOn(proved: boolean): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.#continuous ||= proved;
    if (this.#continuous) for (const message of waiting) this.advance(message);
  }

  advance(message: FeedMessage): void {
    const position = this.#position ?? BEFORE_FIRST;
    const sameLife = message.epoch === position.epoch;
    if (sameLife && message.seq <= position.seq) {
      // Heard already, or Redis went back and counts on from there.
      this.#isDoubtful ||= message.seq < position.seq || message.tag !== position.tag;
      return;
    }
    if (message.seq !== position.seq + 1 || !(sameLife || position.epoch === '')) {
      this.#hasLostPush = true;
      void this.#repair('a gap in the feed');
      return;
    }
    this.#position = { epoch: message.epoch, seq: message.seq, tag: message.tag };
    if (message.kind === 'changes') this.#follower.onMessage(message);
    // Read from the head: as of which id it is.
    else void this.#repair('Redis was filled again');
    this.#catchUps?.settle(this.#position);
  }

  #setLive(live: boolean, why: string): void {
    if (!live) this.#catchUps?.settle(this.#position, 'all');
    // While it is live, why it was looked at again is no news.
    if (live === this.#live && (live || why === this.#why)) return;
    this.#live = live;
    this.#why = why;
    this.#follower.onLive(live, why);
  }
}
