import type { AnyConfig, TenantryError } from '@tenantry/protocol';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { SourceGuard } from '../protection/source-guard.ts';
import { LoadThrottle } from './load-throttle.ts';
import type { ReadParts } from './read-parts.ts';
import type { ReadOutcome } from './redis-reads.ts';

/** A slot of a config that the source may have: `hasSourceOf` holds. */
export type LoadableSlot = Slot & { readonly config: AnyConfig };

/** `refresh`: memory may answer, and the config is to be loaded in the background. */
export type MemoryAnswer = 'wait' | 'answer' | 'refresh';

// Without a feed no message tells of a change: a config without a ttl is then loaded again this often.
const UNHEARD_MS = 10_000;

/** Decides when the configs of one tenant are loaded from the source. Starts no load. */
export class LoadSchedule {
  readonly #memory: TenantMemory;
  readonly #now: () => number;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #throttle: LoadThrottle;
  readonly #guard: SourceGuard;
  /** When the source last answered. */
  readonly #answeredAt = new WeakMap<Slot, number>();

  constructor(
    memory: TenantMemory,
    { now, guard, options: { clock, random } }: Pick<ReadParts, 'now' | 'guard' | 'options'>,
  ) {
    this.#memory = memory;
    this.#now = now;
    this.#clock = clock;
    this.#random = random;
    this.#throttle = new LoadThrottle(clock);
    this.#guard = guard;
  }

  /** Whether memory may answer without waiting. */
  answerOf(slot: LoadableSlot, isInterrupted: boolean): MemoryAnswer {
    const now = this.#now;
    if (slot.config.cache === 'off') return 'wait';
    const isOverdue = this.isOverdue(slot);
    if (this.#memory.live) {
      if (!slot.isConfirmed(now)) return 'wait';
      // The load failed just now, or none is allowed: for a while there is only the old value.
      if (isOverdue) return slot.state !== 'unknown' && this.throttledMs(slot) > 0 ? 'answer' : 'wait';
      return slot.dueAt !== 0 && slot.dueAt <= now() ? 'refresh' : 'answer';
    }
    if (slot.shown.times.loadedAt !== 0 && !isOverdue) return 'answer';
    const hasAnswer = slot.isPresent(now) || (slot.state === 'absent' && slot.isConfirmed(now));
    if (!isInterrupted || !hasAnswer) return 'wait';
    return isOverdue ? 'refresh' : 'answer';
  }

  /** It should be loaded again, although the feed told of no newer version. */
  isOverdue(slot: Slot): boolean {
    if (!this.#memory.hasSourceOf(slot) || slot.config?.cache === 'off') return false;
    const { freshUntil } = slot.shown.times;
    if (this.#memory.live) return freshUntil !== 0 && freshUntil <= this.#now();
    return this.#freshFor(slot) <= 0;
  }

  /** In how many ms it should be loaded again for its watchers; undefined: not by itself. */
  renewalIn(slot: Slot): number | undefined {
    const { config, state } = slot;
    const { freshUntil } = slot.shown.times;
    if (!this.#memory.hasSourceOf(slot) || config?.cache === 'off' || state === 'unknown') return undefined;
    // The feed tells of a creation.
    if (this.#memory.live && (state === 'absent' || freshUntil === 0)) return undefined;
    // The first process to wake up loads it for all: the others hear of it before their turn.
    const spread = this.#random() * Math.min(5_000, (config?.ttlMs ?? UNHEARD_MS) / 10);
    return Math.max(this.#freshFor(slot), this.throttledMs(slot)) + spread + 1;
  }

  /**
   * The reply of Redis is enough: Redis had it, and it is fresh, or nobody can tell. Where Redis has less than memory has seen, the source
   * may have more, or the end of it; but it is not asked about that all the time.
   */
  isEnough(slot: LoadableSlot, { isHeard, isMissing }: ReadOutcome): boolean {
    if (isMissing || this.isOverdue(slot)) return false;
    const isBehind = isHeard && this.#memory.live && !slot.isConfirmed(this.#now);
    return !isBehind || this.#clock() - (this.#answeredAt.get(slot) ?? 0) < slot.config.retryThrottleMs;
  }

  /** No refresh in the background is begun now. */
  isPaused(slot: LoadableSlot): boolean {
    return this.#throttle.isPaused(slot.address) || this.throttledMs(slot) > 0;
  }

  /** Another process refreshes it already: this one does not ask at every read. */
  pause({ address, config }: LoadableSlot): void {
    this.#throttle.pause(address, config.retryThrottleMs);
  }

  /** The error to fail with now, if any. */
  failure({ address, config }: LoadableSlot): TenantryError | undefined {
    return this.#throttle.error(address) ?? this.#guard.refusal(this.#memory.tenant, config);
  }

  /** For how many ms no load is tried. */
  throttledMs({ address, config }: Slot): number {
    const guardedMs = config ? this.#guard.waitMs(this.#memory.tenant, config) : 0;
    return Math.max(this.#throttle.remainingMs(address), guardedMs);
  }

  /** The source was promised to be spared for a while. */
  get isSparing(): boolean {
    return this.#throttle.isHolding;
  }

  failed({ address, config }: LoadableSlot, error: TenantryError): void {
    this.#throttle.failed(address, error, config.retryThrottleMs);
  }

  succeeded(slot: Slot): void {
    this.#throttle.succeeded(slot.address);
    this.#answeredAt.set(slot, this.#clock());
  }

  /** In ms from now. Without a ttl: from when the feed or the source was last heard. */
  #freshFor({ shown }: Slot): number {
    const { freshUntil, loadedAt } = shown.times;
    if (freshUntil !== 0) return freshUntil - this.#now();
    return Math.max(this.#memory.continuity.lostAt, loadedAt) + UNHEARD_MS - this.#clock();
  }
}
