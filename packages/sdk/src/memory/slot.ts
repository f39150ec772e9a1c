import type { AnyConfig, TenantryError } from '@tenantry/protocol';
import type { Evictable } from './sieve.ts';
import type { TenantMemory } from './tenant-memory.ts';

/** A record as it stands under an address, decoded. */
export interface StoredRecord {
  readonly owner: string;
  readonly version: number;
  readonly updatedAt: number;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  /** Until when a reader that could load it need not, ms since 1970; 0: as long as the feed says nothing newer. */
  readonly freshUntil: number;
  /** Frozen in depth: every reader gets the same object. */
  readonly value: unknown;
}

/**
 * What memory knows of one address. `absent` is knowledge too: it stays exact while the feed is live, because the
 * message of a creation names its addresses. `unknown` ones exist only while somebody waits for them.
 */
export class Slot implements Evictable {
  // First what `peek` touches, so that it lies together.
  value: unknown = undefined;
  /** When it can no longer be shown, ms since 1970; 0 never. */
  expiresAt = 0;
  /** From then on a read must look more closely, ms since 1970; 0 never. */
  dueAt = 0;
  visited = false;
  state: 'unknown' | 'present' | 'absent' = 'unknown';

  readonly address: string;
  readonly memory: TenantMemory;
  /** Where it is a config's. Two definitions of one place in Redis in one process: the first that was asked for counts. */
  readonly config: AnyConfig | undefined;
  /** What is shown where nothing is set. */
  readonly fallback: unknown;
  owner = '';
  version = 0;
  updatedAt = 0;
  /** When the value ends by itself, ms since 1970; 0 never. */
  endsAt = 0;
  /** Until when it need not be loaded anew, ms since 1970; 0: as long as the feed says nothing newer. */
  freshUntil = 0;
  /** When it came straight from the source, ms since 1970; 0: it did not. */
  loadedAt = 0;
  /** Goes up with each change of the above. */
  revision = 0;
  /** The record that stood here last, and the highest version of it that must not be shown again. */
  leftBy = '';
  leftAt = 0;

  /** The continuity of the feed in which `seq` means something: the memory's own, or one that ended. 0: none ever did. */
  generation = 0;
  /** The message this is as of; what a reply from before says is older. */
  seq = 0;
  /** The feed has shown a newer state and not its value, or what was read could not be confirmed by the feed. */
  outdated = false;
  /** Whose older state Redis has here, having lost data: stale until it has something newer. '': nobody's. */
  beyond = '';
  /** Why this is not what Redis has: that cannot be decoded, or was lost. The last good value stays. */
  trouble: TenantryError | undefined = undefined;

  /** It was asked for on behalf of watchers, and that did not tell what it is. */
  gaveUp = false;
  /** The config was deregistered, and not put since. */
  ended = false;
  /** How often that happened: who watched at the time is done, who came later is not. */
  endings = 0;

  /** Redis did not have it when it was asked last. */
  missing = false;
  /** Who said so last. */
  origin: 'redis' | 'source' = 'redis';
  /** The load that is on its way for it, with all that belongs to it. */
  loading: Promise<boolean> | undefined = undefined;
  /** Loads it for its watchers when it is no longer fresh. */
  renewal: ReturnType<typeof setTimeout> | undefined = undefined;
  /** The read that is on its way for it. */
  flight: Promise<boolean> | undefined = undefined;
  listeners: Set<() => void> | undefined = undefined;
  holds = 0;
  newer: Evictable | undefined = undefined;
  older: Evictable | undefined = undefined;

  constructor(address: string, memory: TenantMemory, config?: AnyConfig) {
    this.address = address;
    this.memory = memory;
    this.config = config;
    this.fallback = config?.default;
  }

  evict(): void {
    this.memory.forget(this);
  }

  /** What is shown: the default where there is no value. */
  shown(now: () => number): unknown {
    return this.isPresent(now) ? this.value : this.fallback;
  }

  /** There is a value that may be shown. */
  isPresent(now: () => number): boolean {
    return this.state === 'present' && !this.isExpired(now);
  }

  /** Not found by a read that the feed could not confirm is not known to be absent. */
  get isKnown(): boolean {
    return this.state === 'present' || (this.state === 'absent' && !this.outdated);
  }

  /** It is what Redis had at `seq`, in this continuity of the feed. */
  get isExact(): boolean {
    return this.generation === this.memory.generation && !this.outdated && !this.beyond;
  }

  /** Showing this version of the record here would be a step back. */
  hasPassed(owner: string, version: number): boolean {
    return (
      (this.leftBy === owner && version <= this.leftAt) ||
      (this.state === 'present' && this.owner === owner && version < this.version)
    );
  }

  isExpired(now: () => number): boolean {
    return this.expiresAt !== 0 && this.expiresAt <= now();
  }

  /** A config's value that ended by itself is known to be gone: the feed would have told of another. */
  hasEnded(now: () => number): boolean {
    return this.config !== undefined && this.endsAt !== 0 && this.endsAt <= now();
  }

  /** Vouched for, and nothing is to be done about it: the common case, in one comparison. */
  isSettled(now: () => number): boolean {
    return (
      this.state !== 'unknown' &&
      this.generation === this.memory.generation &&
      !this.outdated &&
      !this.beyond &&
      (this.dueAt === 0 || this.dueAt > now())
    );
  }

  /** Nothing in Redis is known or suspected to be newer, as far as the feed was heard. */
  isVouchedFor(now: () => number): boolean {
    return (
      this.state !== 'unknown' && this.isExact && (this.expiresAt === 0 || !this.isExpired(now) || this.hasEnded(now))
    );
  }

  /** It may not be what Redis has, or what the source has. */
  isStale(now: () => number): boolean {
    return !this.memory.live || !this.isVouchedFor(now) || this.trouble !== undefined || this.isPastFresh(now);
  }

  isPastFresh(now: () => number): boolean {
    return this.state === 'present' && this.freshUntil !== 0 && this.freshUntil <= now() && !this.hasEnded(now);
  }
}
