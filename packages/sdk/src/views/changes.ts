import type { FeedMessage } from '@tenantry/protocol/wire';
import type { FeedPosition } from '@tenantry/redis';
import { Observable, type Subscriber } from 'rxjs';
import type { ChangeEvent, ChangePosition } from './change-event.ts';
import type { ChangeTap } from './change-taps.ts';

/** A tenant's feed, as `changes` need it. */
export interface TappedFeed {
  /** The last message that was handed to the taps; undefined until Redis was asked. */
  readonly position: FeedPosition | undefined;
  readonly live: boolean;
  /** Follows the feed until `end`, whether or not somebody watches a value. */
  tap(tap: ChangeTap): { end(): void };
  /** The messages from this seq on, that one included, where Redis still has it. */
  messagesFrom(seq: number): Promise<readonly FeedMessage[]>;
  report(error: unknown): void;
}

// The feed is live and the read failed: Redis is slow. Where it is gone, the next time that the feed is live comes first.
const RETRY_MS = 1_000;

/** More than a feed keeps. Past that, what came before can hardly be read any more. */
const MOST_WAITING = 10_000;

/**
 * Emits what a tenant's feed tells, from a position on. Each event comes once and in order.
 *
 * Taps first, and then reads what came before. The other order loses a change:
 *
 *   reader: messages up to 6
 *   writer:                     message 7
 *   reader:                                  taps   → 7 is never told
 */
export function changes(feedOf: () => TappedFeed, from?: ChangePosition): Observable<ChangeEvent> {
  return new Observable(subscriber => {
    const telling = new ChangeTelling(feedOf(), subscriber, from);
    subscriber.add(() => telling.end());
    telling.begin();
  });
}

class ChangeTelling implements ChangeTap {
  readonly #feed: TappedFeed;
  readonly #subscriber: Subscriber<ChangeEvent>;
  readonly #from: ChangePosition | undefined;
  readonly #tapped: { end(): void };
  /** Heard before what precedes it was read. */
  #waiting: FeedMessage[] | undefined = [];
  #isReading = false;
  #hasMissed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(feed: TappedFeed, subscriber: Subscriber<ChangeEvent>, from: ChangePosition | undefined) {
    this.#feed = feed;
    this.#subscriber = subscriber;
    this.#from = from;
    this.#tapped = feed.tap(this);
  }

  begin(): void {
    if (this.#feed.live) this.live();
  }

  end(): void {
    clearTimeout(this.#retry);
    this.#tapped.end();
  }

  heard(message: FeedMessage): void {
    if (!this.#waiting) this.#tell(message);
    // Without `from` it begins where the feed is once it is live.
    else if (this.#from && this.#waiting.push(message) > MOST_WAITING) this.missed();
  }

  missed(): void {
    if (this.#waiting) {
      this.#waiting = [];
      this.#hasMissed = true;
    } else this.#gap('messages were missed, and the feed does not reach back so far');
  }

  live(): void {
    if (!this.#waiting || this.#isReading) return;
    if (this.#from) this.#readFrom(this.#from);
    else this.#start([]);
  }

  #readFrom(from: ChangePosition): void {
    this.#isReading = true;
    this.#readOn(from)
      .catch(error => {
        this.#feed.report(error);
        this.#retry = setTimeout(() => this.#feed.live && this.live(), RETRY_MS).unref();
      })
      .finally(() => {
        this.#isReading = false;
      });
  }

  async #readOn(from: ChangePosition): Promise<void> {
    // Everything up to here was handed out before this one tapped, or waits.
    const { position } = this.#feed;
    const messages = await this.#feed.messagesFrom(from.seq);
    if (this.#subscriber.closed || !this.#waiting) return;
    const why = this.#hasMissed ? 'messages were missed' : whyBroken(from, messages, position);
    if (why === undefined) return this.#start(messages, from);
    this.#waiting = undefined;
    this.#gap(why);
  }

  /** Nothing is missing between `from` and what was heard since. */
  #start(before: readonly FeedMessage[], from?: ChangePosition): void {
    const position = from ?? positionOf(this.#feed);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#subscriber.next({ kind: 'start', position });
    let last = position.seq;
    for (const message of [...before, ...waiting])
      if (message.seq > last) {
        last = message.seq;
        this.#tell(message);
      }
  }

  #gap(why: string): void {
    this.#subscriber.next({ kind: 'gap', position: positionOf(this.#feed), why });
  }

  #tell(message: FeedMessage): void {
    if (message.kind === 'changes') this.#subscriber.next(eventOf(message));
  }
}

/** Made once, however many hear the message. */
const events = new WeakMap<FeedMessage, ChangeEvent>();

function eventOf(message: FeedMessage): ChangeEvent {
  const known = events.get(message);
  if (known) return known;
  const { epoch, seq, tag, changes: changed } = message;
  const event: ChangeEvent = Object.freeze({
    kind: 'changes',
    position: Object.freeze({ epoch, seq, tag }),
    changes: Object.freeze(
      changed.map(({ owner, op, version, addresses }) => Object.freeze({ op, record: owner, version, addresses })),
    ),
  });
  events.set(message, event);
  return event;
}

function positionOf({ position }: TappedFeed): ChangePosition {
  return { epoch: position?.epoch ?? '', seq: position?.seq ?? 0, tag: position?.tag ?? '' };
}

/** Why these messages do not lead from there to where the feed was when they were asked for; undefined: they do. */
function whyBroken(
  from: ChangePosition,
  messages: readonly FeedMessage[],
  position: FeedPosition | undefined,
): string | undefined {
  const isBeforeFirst = from.epoch === '' && from.seq === 0;
  const [first] = messages;
  if (!first) return isBeforeFirst && position?.epoch === '' ? undefined : WENT_BACK;
  if (!isBeforeFirst && first.epoch !== from.epoch) return 'the feed began anew';
  const next = isBeforeFirst ? 1 : from.seq;
  if (first.seq > next) return 'the feed does not reach back so far';
  if (first.seq < next || (from.tag !== undefined && !isBeforeFirst && from.tag !== first.tag)) return WENT_BACK;
  const isWhole = messages.every(({ epoch, seq }, i) => epoch === first.epoch && seq === first.seq + i);
  const hasReached = position?.epoch === '' || (messages.at(-1)?.seq ?? 0) >= (position?.seq ?? 0);
  return isWhole && hasReached ? undefined : WENT_BACK;
}

const WENT_BACK = 'Redis went back to an older state, or began anew';
