import type { TenantryError } from '@tenantry/protocol';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { ConfigReads } from './config-reads.ts';
import type { LoadSchedule } from './load-schedule.ts';
import type { FeedGate, ReadParts, ReadReason } from './read-parts.ts';
import { RedisReads } from './redis-reads.ts';

/** The one entry for reads of one tenant. The value is in memory afterwards. */
export class TenantReads {
  readonly #memory: TenantMemory;
  readonly #now: () => number;
  readonly #redis: RedisReads;
  /** Undefined without a source. */
  readonly #configs: ConfigReads | undefined;

  constructor(memory: TenantMemory, gate: FeedGate, parts: ReadParts) {
    this.#memory = memory;
    const { source } = parts.options;
    this.#now = parts.now;
    this.#redis = new RedisReads(memory, gate, parts);
    if (source) this.#configs = new ConfigReads(memory, gate, this.#redis, source, parts);
  }

  /** For so many ms Redis is not asked, because it failed. */
  get pausedMs(): number {
    return this.#redis.pausedMs;
  }

  /** Why Redis is not asked for now, where it is not. */
  get pausedBy(): TenantryError | undefined {
    return this.#redis.pausedBy;
  }

  /** Redis answers: it may be asked at once. */
  redisIsBack(): void {
    this.#redis.redisIsBack();
  }

  /** When configs are loaded. Undefined without a source. */
  get schedule(): LoadSchedule | undefined {
    return this.#configs?.schedule;
  }

  /**
   * Brings a slot up to date; its caller has pinned it, and looks at it afterwards. Settles within `readTimeoutMs`, or with the time that
   * loading a config may take besides; a load in the background first waits for its turn. False: the feed could not be heard up to the
   * reply, so the value cannot be called fresh.
   */
  async bringUpToDate(slot: Slot, reason: ReadReason): Promise<boolean> {
    if (this.#configs && this.#memory.hasSourceOf(slot)) return this.#configs.read(slot, reason);
    const { isHeard } = await this.#redis.read(slot);
    return isHeard;
  }

  /** The same for many, for which a caller waits. `onFailure` is told of each slot for which it failed, and what it throws is thrown. */
  async bringAllUpToDate(slots: readonly Slot[], onFailure: (slot: Slot, error: unknown) => void): Promise<void> {
    const configs = this.#configs;
    if (!configs) return this.#redis.readMany(slots, onFailure);
    const works: Promise<unknown>[] = [];
    const others: Slot[] = [];
    for (const slot of slots)
      if (this.#memory.hasSourceOf(slot))
        works.push(configs.read(slot, 'caller').catch(error => onFailure(slot, error)));
      else others.push(slot);
    if (others.length > 0) works.push(this.#redis.readMany(others, onFailure));
    await Promise.all(works);
  }

  /**
   * Memory may answer without a read: it is current; or the feed broke off (`isInterrupted`), and the last state that memory heard of is
   * the best there is for now.
   */
  mayAnswer(slot: Slot, isInterrupted: boolean): boolean {
    if (this.#configs && this.#memory.hasSourceOf(slot)) return this.#configs.mayAnswer(slot, isInterrupted);
    const isConfirmed = slot.isConfirmed(this.#now);
    if (this.#memory.live) return isConfirmed;
    return isInterrupted && (slot.isPresent(this.#now) || (slot.state === 'absent' && isConfirmed));
  }
}
