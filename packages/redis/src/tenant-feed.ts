import { createFeedCodec, type FeedMessage, type Tenant } from '@tenantry/protocol';
import type { FeedHead, FeedPosition, ReplicaReader } from './create-replica-reader.ts';

/** Who wants a tenant's changes. */
export interface FeedFollower {
  /** Called in the order of the feed, each message once. Must not throw. */
  onMessage(message: FeedMessage): void;
  /**
   * What the follower knows may be void: it must compare all of it with Redis. With `complete`, what Redis does not
   * have is gone; without, Redis lost its data and is still being filled, so what is absent is only unknown.
   */
  resync(complete: boolean): Promise<void>;
  /** From here on every change is heard (`live`), or may be missed. */
  onLive(live: boolean, why: string): void;
  /** Something was wrong with a message; it was repaired by reading. */
  onTrouble(error: unknown): void;
}

/** How often the feed had to be repaired. */
export interface FeedCounters {
  gaps: number;
  resyncs: number;
}

// Messages that arrive during a repair wait here; past this many, repairing again is cheaper.
const MAX_WAITING = 1024;

const FILLING = 'Redis lost its data and is being filled';

/** Nothing was ever published for this tenant, as far as this Redis knows. */
const BEFORE_FIRST: FeedPosition = Object.freeze({ epoch: '', seq: 0, tag: '' });

/**
 * Follows one tenant's feed without a gap. The owner subscribes first and then says `connected`, which reads
 * where the feed stands; overlap is dropped by seq.
 *
 *   reader: read the head (seq 4)
 *   writer:                           message 5
 *   reader:                                      subscribe     → 5 is never heard
 *
 * Continuity is proved by finding the last message seen, with its tag, still in the stream. Where it is not (trimmed,
 * Redis lost or rewound its data) the follower is told to resync.
 */
export class TenantFeed {
  readonly tenant: Tenant;
  readonly #reader: ReplicaReader;
  readonly #follower: FeedFollower;
  readonly #counters: FeedCounters;
  readonly #codec = createFeedCodec();
  #position: FeedPosition | undefined;
  #waiting: FeedMessage[] | undefined;
  #repairing: Promise<void> | undefined;
  #again = false;
  #connected = false;
  #live = false;
  #why = '';
  /** Redis lost what it knew of this tenant and has not yet been filled. */
  #incomplete = false;
  #catchers: { epoch: string; seq: number; resolve: (caughtUp: boolean) => void }[] = [];

  constructor(tenant: Tenant, reader: ReplicaReader, follower: FeedFollower, counters: FeedCounters) {
    this.tenant = tenant;
    this.#reader = reader;
    this.#follower = follower;
    this.#counters = counters;
  }

  get live(): boolean {
    return this.#live;
  }

  /** The channel is subscribed: finds out what was missed and goes on from there. */
  connected(why: string): Promise<void> {
    this.#connected = true;
    return this.#repair(why);
  }

  /** The connection is gone: changes may be missed from now on. */
  disconnected(why: string): void {
    this.#connected = false;
    this.#setLive(false, why);
  }

  /** Redis is there and does not answer: pushes may still come, but nothing proves it. */
  unanswered(): void {
    this.#setLive(false, 'Redis does not answer');
  }

  /** One push from the channel. */
  receive(bytes: Buffer): void {
    let message: FeedMessage;
    try {
      message = this.#codec.decode(bytes);
    } catch (error) {
      this.#follower.onTrouble(error);
      void this.#repair('a feed message could not be read');
      return;
    }
    if (!this.#waiting) this.#advance(message);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(message);
    else this.#again = true;
  }

  /** Compares with a head read before a moment at which every push up to it was received: what is missing now was lost. */
  check(head: FeedHead | undefined): void {
    if (!this.#connected || this.#repairing) return;
    const position = this.#position;
    const silent = head
      ? !this.#covers(head) || (head.seq === position?.seq && head.tag !== position.tag)
      : position?.epoch !== '';
    if (silent || !this.#live) void this.#repair(silent ? 'the feed fell silent' : 'it was not live');
  }

  /** Resolves once everything up to this head was handed to the follower; false where that cannot be known. */
  caughtUp(head: FeedHead | undefined): Promise<boolean> | boolean {
    if (!this.#position) return false;
    if (!head) return this.#position.epoch === '';
    if (this.#covers(head)) return true;
    if (!this.#live) return false;
    return new Promise(resolve => this.#catchers.push({ epoch: head.epoch, seq: head.seq, resolve }));
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
        await this.#repairOnce();
        this.#drain();
      } while (this.#again && this.#connected);
      if (this.#connected) this.#setLive(!this.#incomplete, this.#incomplete ? FILLING : why);
    } catch (error) {
      this.#drain();
      this.#follower.onTrouble(error);
      this.#setLive(false, 'Redis does not answer');
    }
  }

  async #repairOnce(): Promise<void> {
    const [head] = await this.#reader.heads([this.tenant]);
    const position = this.#position;
    // A fresh start: the follower knows nothing yet, and reads after this.
    if (!position) this.#position = head ?? BEFORE_FIRST;
    else if (this.#incomplete || (head?.epoch ?? '') !== position.epoch) await this.#changeEpoch(position, head);
    else if (head && (head.seq !== position.seq || head.tag !== position.tag)) await this.#readOn(position, head);
  }

  /** Redis knows another life of this feed, or none. Was everything deleted, or did Redis lose its data? */
  async #changeEpoch(from: FeedPosition, head: FeedHead | undefined): Promise<void> {
    const complete = from.epoch === '' || head?.filled === true || (await this.#reader.isFilled());
    await this.#startOver(head ?? BEFORE_FIRST, complete);
  }

  async #readOn(position: FeedPosition, head: FeedHead): Promise<void> {
    const messages = (await this.#reader.messagesFrom(this.tenant, position.seq)).map(bytes =>
      this.#codec.decode(bytes),
    );
    const first = messages[0];
    const continues = first?.epoch === position.epoch && first.seq === position.seq && first.tag === position.tag;
    if (!continues) return this.#startOver(head, true);
    this.#counters.gaps++;
    for (const message of messages) this.#advance(message);
  }

  async #startOver(position: FeedPosition, complete: boolean): Promise<void> {
    this.#counters.resyncs++;
    this.#position = position;
    this.#incomplete = !complete;
    this.#setLive(false, complete ? 'the feed began anew' : FILLING);
    // Pushes go to the follower while it reads, so that it can tell which of its reads they overtook.
    this.#drain();
    try {
      await this.#follower.resync(complete);
    } catch (error) {
      // Not caught up with what was skipped: the next repair must come here again.
      this.#incomplete = true;
      throw error;
    }
  }

  #drain(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const message of waiting) this.#advance(message);
  }

  #advance(message: FeedMessage): void {
    const position = this.#position ?? BEFORE_FIRST;
    const sameLife = message.epoch === position.epoch;
    if (sameLife && message.seq <= position.seq) return;
    if (message.seq !== position.seq + 1 || !(sameLife || position.epoch === '')) {
      void this.#repair('a gap in the feed');
      return;
    }
    this.#position = { epoch: message.epoch, seq: message.seq, tag: message.tag };
    if (message.kind === 'changes') this.#follower.onMessage(message);
    else if (this.#incomplete) void this.#repair('Redis was filled again');
    this.#settleCatchers();
  }

  #setLive(live: boolean, why: string): void {
    if (!live) this.#settleCatchers(true);
    if (live === this.#live && why === this.#why) return;
    this.#live = live;
    this.#why = why;
    this.#follower.onLive(live, why);
  }

  #covers(head: FeedHead): boolean {
    return head.epoch === this.#position?.epoch && head.seq <= this.#position.seq;
  }

  #settleCatchers(giveUp = false): void {
    if (this.#catchers.length === 0) return;
    this.#catchers = this.#catchers.filter(({ epoch, seq, resolve }) => {
      const caughtUp = epoch === this.#position?.epoch && seq <= this.#position.seq;
      if (caughtUp || giveUp) resolve(caughtUp);
      return !caughtUp && !giveUp;
    });
  }
}
