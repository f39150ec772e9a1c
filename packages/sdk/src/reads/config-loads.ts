import type { AnyConfig, ConfigSource, LoadedConfig, TenantryError } from '@tenantry/protocol';
import { configTimes, withoutValues } from '@tenantry/protocol/internal';
import { createLoadedEncoder, type EncodeLoaded, type KeepOutcome, within } from '@tenantry/redis';
import { admitLoaded } from '../admission/admit-loaded.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { askSource, type LoadWay } from './ask-source.ts';
import type { SourceAnswer } from './check-answer.ts';
import type { LoadableSlot, LoadSchedule } from './load-schedule.ts';
import type { ReadParts, ReadSettings } from './read-parts.ts';

/** An answer of the source, and where it is now. */
export interface ConfigLoad {
  /** Undefined: the source has nothing. */
  readonly loaded: LoadedConfig | undefined;
  /** What Redis made of it. Undefined: Redis does not have it, so it goes straight into memory. */
  readonly kept: KeepOutcome | undefined;
  /** False where the source has put the value into Redis by itself: `loaded` has the version only. */
  readonly hasValue: boolean;
  /** The memory's generation when the load began. */
  readonly generation: number;
}

/** Asks the source for configs of one tenant, and puts its answers into Redis or into memory. Does not read from Redis. */
export class ConfigLoads {
  readonly #memory: TenantMemory;
  readonly #schedule: LoadSchedule;
  readonly #source: ConfigSource;
  readonly #parts: ReadParts;
  readonly #encode: EncodeLoaded;

  constructor(memory: TenantMemory, schedule: LoadSchedule, source: ConfigSource, parts: ReadParts) {
    this.#memory = memory;
    this.#schedule = schedule;
    this.#source = source;
    this.#parts = parts;
    const { clock, random } = parts.options;
    this.#encode = createLoadedEncoder(clock, random);
  }

  /** The source puts its answers into Redis by itself: this process takes no lease and writes nothing. */
  get areKeptBySource(): boolean {
    return this.#source.loadIntoRedis !== undefined;
  }

  /** Asks the source. With `intoRedis` its answer is put into Redis by version, by the source where it can and otherwise by this process. */
  async load(slot: LoadableSlot, way: LoadWay): Promise<ConfigLoad> {
    const { generation } = this.#memory;
    const answer = await this.#ask(slot, way);
    this.#schedule.succeeded(slot);
    if (answer && 'kept' in answer) {
      const { kept, version } = answer;
      return { loaded: { ...NOTHING, version }, kept, hasValue: false, generation };
    }
    const isOurs = way === 'intoRedis' && !this.areKeptBySource;
    const kept = isOurs ? await this.#keepInRedis(slot.config, answer) : undefined;
    return { loaded: answer, kept, hasValue: true, generation };
  }

  /** Puts the answer straight into memory. False: a message overtook it. */
  takeIn(slot: LoadableSlot, { loaded, kept, generation }: ConfigLoad): boolean {
    const { clock, random } = this.#parts.options;
    const { negativeTtlMs } = slot.config;
    const answer = kept === 'ended' ? { ...NOTHING, version: loaded?.version ?? 0 } : loaded;
    const now = clock();
    const freshUntil =
      answer?.json === undefined
        ? now + negativeTtlMs
        : configTimes(slot.config, answer.expiresAt, now, random).freshUntil;
    return admitLoaded(this.#memory, slot, answer, { generation, freshUntil, now: clock });
  }

  /**
   * Redis has a newer version than the source, a write-back that is not flushed yet; or the source has just put the value there, by another
   * clock than this one. There is nothing fresher.
   */
  keepNewer(slot: LoadableSlot): void {
    const { clock, random } = this.#parts.options;
    const { endsAt } = slot.shown;
    const { freshUntil } = configTimes(slot.config, endsAt, clock(), random);
    this.#memory.renew(slot, { freshUntil, expiresAt: endsAt });
  }

  /** A failure is reported once, and then the source is spared for a while. */
  async #ask(slot: LoadableSlot, way: LoadWay): Promise<SourceAnswer> {
    const { counters, report } = this.#parts;
    counters.loads++;
    try {
      return await askSource(this.#source, way, this.#memory.tenant as string, slot.config);
    } catch (error) {
      this.#schedule.failed(slot, error as TenantryError);
      report(error);
      throw error;
    }
  }

  /** Undefined where Redis cannot be written. */
  async #keepInRedis(config: AnyConfig, loaded: LoadedConfig | undefined): Promise<KeepOutcome | undefined> {
    const { loads, report, options } = this.#parts;
    try {
      const keeping = loads.keepLoaded(this.#memory.tenant, this.#encode(config, loaded));
      return await within(redisTimeoutMs(config, options), 'Filling Redis', keeping);
    } catch (error) {
      report(withoutValues(error, 'Filling Redis'));
      return undefined;
    }
  }
}

/** How long a config's reader waits for Redis. */
export function redisTimeoutMs({ cacheTimeoutMs }: AnyConfig, { readTimeoutMs }: ReadSettings): number {
  return Math.min(cacheTimeoutMs, readTimeoutMs);
}

const NOTHING: LoadedConfig = Object.freeze({ version: 0, updatedAt: 0, expiresAt: 0, json: undefined });
