import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { Backoff } from './backoff.ts';
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

  /** The pause after a failure of Redis. */
  get backoff(): Backoff {
    return this.#redis.backoff;
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
