import type { AnyConfig, Tenant, TenantryError } from '@tenantry/protocol';
import { defineShared, isCopied } from '@tenantry/protocol/internal';
import type { Continuity } from './continuity.ts';
import type { InheritedValues } from './inherited-values.ts';
import { type Knowledge, NOTHING_KNOWN } from './knowledge.ts';
import type { Evictable } from './sieve.ts';
import { NO_RECORD, type ShownRecord, type StoredRecord } from './stored-record.ts';

/** The record that a slot showed before, and the highest version of it that the slot must not show again. */
export interface FormerOwner {
  readonly owner: string;
  readonly version: number;
}

/** What the watchers of a slot are told beside its value. Replaced as a whole, never changed. */
export interface SlotNews {
  /** The config was deregistered, and not put since. */
  readonly ended: boolean;
  /** How often it was deregistered. Its watchers of that time complete, later ones do not. */
  readonly endings: number;
  /** A read for the watchers ended without an answer. */
  readonly gaveUp: boolean;
  /** The feed has told of a newer value that is not here yet. */
  readonly announced: boolean;
}

/** Where a value comes from that neither Redis nor the feed has confirmed. */
export interface Shelved {
  readonly origin: 'snapshot' | 'bootstrap';
  /** Undefined where there is none. */
  readonly version: number | undefined;
}

/** What is known of one tenant's addresses before anybody has asked Redis for them. */
export interface Shelf {
  /** The slot of an address that nobody has asked for yet, where there is something for it. */
  restore(address: string, config?: AnyConfig): Slot | undefined;
  /** Puts what is there into a new slot, and does not have it any more. */
  show(slot: Slot): void;
  /** A slot took this record. */
  taken(slot: Slot, record: StoredRecord): void;
  /** Where the slot's value is from, while it is from here and nobody has confirmed it. */
  shownIn(slot: Slot): Shelved | undefined;
}

/** The memory that a slot belongs to. */
export interface SlotHome {
  readonly tenant: Tenant;
  readonly continuity: Continuity;
  readonly shelf: Shelf | undefined;
  /** A caller has read since the last look. */
  touched: boolean;
  forget(slot: Slot): void;
}

const NO_NEWS: SlotNews = Object.freeze({ ended: false, endings: 0, gaveUp: false, announced: false });

const NO_OWNER: FormerOwner = Object.freeze({ owner: '', version: 0 });

/**
 * What memory knows of one address. An `absent` address is knowledge too: it stays exact while the feed is live, because the message of a
 * creation names its addresses. An `unknown` slot exists only while a reader waits for it.
 *
 * Only `memory/` writes the fields: `TenantMemory` has the verbs. The other folders read them.
 */
export class Slot implements Evictable {
  // `peek` touches these fields, so they come first and lie together.
  /** The default where there is no record. */
  value: unknown = undefined;
  /** From then on the value must not be shown, ms since 1970; 0 never. */
  expiresAt = 0;
  /** Bit 0: `visited`; the others: `heat`. One field for both: with one more, `peek` would touch a second line of the processor's cache. */
  #visits = 0;

  /** Where the config is inherited. The slot itself has what one scope says then, as it is stored. */
  readonly inherited: InheritedValues | undefined;

  state: 'unknown' | 'present' | 'absent' = 'unknown';
  /** From then on a read must look more closely, ms since 1970; 0 never. */
  dueAt = 0;
  knowledge: Knowledge = NOTHING_KNOWN;
  readonly home: SlotHome;
  shown: ShownRecord = NO_RECORD;
  former: FormerOwner = NO_OWNER;
  readonly address: string;
  /** The config, where the address is a config's. Where two definitions of a process have one address, the first that was read counts. */
  readonly config: AnyConfig | undefined;

  /** Goes up each time when the slot shows another state. */
  revision = 0;
  news: SlotNews = NO_NEWS;
  /** Redis or the source, whichever answered last. */
  origin: 'redis' | 'source' = 'redis';

  /** The readers and watchers that need the slot. It cannot be evicted while there are any. */
  pins = 0;
  newer: Evictable | undefined = undefined;
  older: Evictable | undefined = undefined;

  constructor(address: string, home: SlotHome, config?: AnyConfig) {
    this.address = address;
    this.home = home;
    this.config = config;
    this.inherited =
      config === undefined || config.inherit === 'none'
        ? undefined
        : { kept: undefined, made: undefined, saved: undefined };
  }

  evict(): void {
    this.home.forget(this);
  }

  /** It is read. */
  visit(): void {
    this.#visits = (this.#visits + 2) | 1;
  }

  /** It was read since the sieve's hand last came by. */
  get visited(): boolean {
    return (this.#visits & 1) === 1;
  }

  set visited(visited: boolean) {
    this.#visits = (this.#visits & ~1) | Number(visited);
  }

  /** How often it was read, less half of it with each tick. */
  get heat(): number {
    return this.#visits >>> 1;
  }

  /** A tick has passed. */
  cool(): void {
    this.#visits = ((this.#visits >>> 1) & ~1) | (this.#visits & 1);
  }

  /** Bytes and the like are copied each time they are read. Such a slot gets a getter of its own, which costs the others nothing. */
  setValue(value: unknown): void {
    if (isCopied(value) || isCopied(this.value)) defineShared(this, 'value', value);
    else this.value = value;
  }

  /** It goes on showing its value, and gives way to whatever Redis has: its version says nothing any more. */
  giveWay(): void {
    this.shown = { ...this.shown, version: 0 };
  }

  /** Shown where nothing is set. */
  get fallback(): unknown {
    return this.config?.default;
  }

  /** The value that a reader gets now: the default where there is none. */
  valueAt(now: () => number): unknown {
    return this.isPresent(now) ? this.value : this.fallback;
  }

  /** There is a value that may be shown. */
  isPresent(now: () => number): boolean {
    return this.state === 'present' && !this.isExpired(now);
  }

  // What views ask of it.

  get trouble(): TenantryError | undefined {
    return this.knowledge.trouble;
  }

  get isOutdated(): boolean {
    return this.knowledge.outdated;
  }

  get isHalfHeard(): boolean {
    const { outdated, generation } = this.knowledge;
    return outdated && generation > 0;
  }

  get isLive(): boolean {
    return this.home.continuity.live;
  }

  get endings(): number {
    return this.news.endings;
  }

  get gaveUp(): boolean {
    return this.news.gaveUp;
  }

  /** A slot is not known to be absent where the feed could not confirm the read that did not find it. */
  get isKnown(): boolean {
    return this.state === 'present' || (this.state === 'absent' && !this.knowledge.outdated);
  }

  /** The slot is what Redis had at `seq`, in this continuity of the feed. */
  get isExact(): boolean {
    const { generation, outdated, aheadOfRedis } = this.knowledge;
    return generation === this.home.continuity.generation && !outdated && aheadOfRedis === '';
  }

  /** The address would go back to an older state if the slot showed this version of the record. */
  isForbidden(owner: string, version: number): boolean {
    const { former, shown } = this;
    return (
      (former.owner === owner && version <= former.version) ||
      (this.state === 'present' && shown.owner === owner && version < shown.version)
    );
  }

  isExpired(now: () => number): boolean {
    return this.expiresAt !== 0 && this.expiresAt <= now();
  }

  /** A config's value that ended by itself is known to be gone: the feed would have told of another one. */
  hasEnded(now: () => number): boolean {
    const { endsAt } = this.shown.times;
    return this.config !== undefined && endsAt !== 0 && endsAt <= now();
  }

  /** The slot is confirmed, and no read is due: the common case, in one comparison. */
  isFresh(now: () => number): boolean {
    return this.state !== 'unknown' && this.isExact && (this.dueAt === 0 || this.dueAt > now());
  }

  /** As far as the feed was heard, Redis has nothing newer, and nothing suggests that it might. */
  isConfirmed(now: () => number): boolean {
    return (
      this.state !== 'unknown' && this.isExact && (this.expiresAt === 0 || !this.isExpired(now) || this.hasEnded(now))
    );
  }

  /** Redis or the source may have another value. */
  isStale(now: () => number): boolean {
    return (
      !this.home.continuity.live ||
      !this.isConfirmed(now) ||
      this.knowledge.trouble !== undefined ||
      this.isPastFresh(now)
    );
  }

  isPastFresh(now: () => number): boolean {
    const { freshUntil } = this.shown.times;
    return this.state === 'present' && freshUntil !== 0 && freshUntil <= now() && !this.hasEnded(now);
  }
}
