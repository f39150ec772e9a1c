import type { AnyConfig } from '@tenantry/protocol';
import { defineShared, isCopied } from '@tenantry/protocol/internal';
import type { Continuity } from './continuity.ts';
import { Knowledge } from './knowledge.ts';
import type { Evictable } from './sieve.ts';

/** A record as Redis or the source has it under an address, decoded. */
export interface StoredRecord {
  readonly owner: string;
  readonly version: number;
  readonly updatedAt: number;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** Until then a reader with a source need not load it again, ms since 1970; 0: as long as the feed tells of no newer version. */
  readonly freshUntil: number;
  /** Read-only in depth: every reader gets the same object. */
  readonly value: unknown;
}

/** The record that a slot shows. Replaced as a whole, never changed. */
export interface ShownRecord {
  /** '' where the slot shows none. */
  readonly owner: string;
  readonly version: number;
  readonly updatedAt: number;
  /** When the value ends by itself, ms since 1970; 0 never. */
  readonly endsAt: number;
  /** Until then it need not be loaded again, ms since 1970; 0: as long as the feed tells of no newer version. */
  readonly freshUntil: number;
  /** When it came straight from the source, ms since 1970; 0: it came by way of Redis. */
  readonly loadedAt: number;
}

/** The record that a slot showed before, and the highest version of it that the slot must not show again. */
export interface FormerOwner {
  readonly owner: string;
  readonly version: number;
}

/** The memory that a slot belongs to. */
export interface SlotHome {
  readonly continuity: Continuity;
  forget(slot: Slot): void;
}

/** Slots without a record share it, which saves its room in each of them. */
export const NO_RECORD: ShownRecord = Object.freeze({
  owner: '',
  version: 0,
  updatedAt: 0,
  endsAt: 0,
  freshUntil: 0,
  loadedAt: 0,
});

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
  visited = false;
  /** How often it was read, less half of it with each tick. */
  heat = 0;

  state: 'unknown' | 'present' | 'absent' = 'unknown';
  /** From then on a read must look more closely, ms since 1970; 0 never. */
  dueAt = 0;
  readonly knowledge: Knowledge = new Knowledge();
  readonly home: SlotHome;
  shown: ShownRecord = NO_RECORD;
  former: FormerOwner = NO_OWNER;
  readonly address: string;
  /** The config, where the address is a config's. Where two definitions of a process have one address, the first that was read counts. */
  readonly config: AnyConfig | undefined;

  /** Goes up each time when the slot shows another state. */
  revision = 0;
  /** The config was deregistered, and not put since. */
  ended = false;
  /** How often it was deregistered. Its watchers of that time complete, later ones do not. */
  endings = 0;
  /** Redis or the source, whichever answered last. */
  origin: 'redis' | 'source' = 'redis';
  /** A read for the watchers ended without an answer. */
  gaveUp = false;

  /** The readers and watchers that need the slot. It cannot be evicted while there are any. */
  pins = 0;
  newer: Evictable | undefined = undefined;
  older: Evictable | undefined = undefined;

  constructor(address: string, home: SlotHome, config?: AnyConfig) {
    this.address = address;
    this.home = home;
    this.config = config;
  }

  evict(): void {
    this.home.forget(this);
  }

  visit(): void {
    this.visited = true;
    this.heat++;
  }

  /** A tick has passed. */
  cool(): void {
    this.heat >>>= 1;
  }

  /** Bytes and the like are copied each time they are read. Such a slot gets a getter of its own, which costs the others nothing. */
  setValue(value: unknown): void {
    if (isCopied(value) || isCopied(this.value)) defineShared(this, 'value', value);
    else this.value = value;
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
    return this.config !== undefined && this.shown.endsAt !== 0 && this.shown.endsAt <= now();
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
    const { freshUntil } = this.shown;
    return this.state === 'present' && freshUntil !== 0 && freshUntil <= now() && !this.hasEnded(now);
  }
}
