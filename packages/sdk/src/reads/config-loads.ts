import type { AnyConfig, ConfigSource, LoadedConfig, TenantryError } from '@tenantry/protocol';
import { configTimes, withoutValues } from '@tenantry/protocol/internal';
import { createLoadedEncoder, type EncodeLoaded, hasEnded, type KeepOutcome, within } from '@tenantry/redis';
import { admitLoaded } from '../admission/admit-loaded.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { askSource, type LoadWay } from './ask-source.ts';
import type { SourceAnswer } from './check-answer.ts';
import { type AskedLoad, LateLoads } from './late-loads.ts';
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

/** Takes in an answer that came later than its callers could wait: `finish` puts it into Redis. Never rejects. */
export type TakeLate = (slot: LoadableSlot, finish: () => Promise<ConfigLoad>) => Promise<void>;

/** Asks the source for configs of one tenant, and puts its answers into Redis or into memory. Does not read from Redis. */
export class ConfigLoads {
  readonly #memory: TenantMemory;
  readonly #schedule: LoadSchedule;
  readonly #source: ConfigSource;
  readonly #parts: ReadParts;
  readonly #encode: EncodeLoaded;
  readonly #late: LateLoads;
  readonly #takeLate: TakeLate;

  constructor(
    memory: TenantMemory,
    schedule: LoadSchedule,
    source: ConfigSource,
    parts: ReadParts,
    takeLate: TakeLate,
  ) {
    this.#memory = memory;
    this.#schedule = schedule;
    this.#source = source;
    this.#parts = parts;
    this.#encode = createLoadedEncoder(parts.now, parts.options.random);
    this.#late = new LateLoads(memory);
    this.#takeLate = takeLate;
  }

  /** The source puts its answers into Redis by itself: this process takes no lease and writes nothing. */
  get areKeptBySource(): boolean {
    return this.#source.loadIntoRedis !== undefined;
  }

  /** Asks the source. With `intoRedis` its answer is put into Redis by version, by the source where it can and otherwise by this process. */
  async load(slot: LoadableSlot, way: LoadWay): Promise<ConfigLoad> {
    const asked = this.#late.pendingOf(slot, way) ?? this.#begin(slot, way);
    return this.#finish(slot, asked, await this.#wait(slot, asked));
  }

  /** Puts the answer straight into memory. False: a message overtook it. */
  takeIn(slot: LoadableSlot, { loaded, kept, generation }: ConfigLoad): boolean {
    const { now, options } = this.#parts;
    const { clock, random } = options;
    const { negativeTtlMs } = slot.config;
    const at = now();
    const isOver = kept === 'ended' || hasEnded(loaded, at);
    const answer = isOver ? { ...NOTHING, version: loaded?.version ?? 0 } : loaded;
    const freshUntil =
      answer?.json === undefined
        ? at + negativeTtlMs
        : configTimes(slot.config, answer.expiresAt, at, random).freshUntil;
    return admitLoaded(this.#memory, slot, answer, { generation, freshUntil, now, clock });
  }

  /**
   * Redis has a newer version than the source, a write-back that is not flushed yet; or the source has just put the value there, by another
   * clock than this one. There is nothing fresher.
   */
  keepNewer(slot: LoadableSlot): void {
    const { now, options } = this.#parts;
    const { endsAt } = slot.shown.times;
    const { freshUntil } = configTimes(slot.config, endsAt, now(), options.random);
    this.#memory.renew(slot, { freshUntil, expiresAt: endsAt });
  }

  #begin({ config }: LoadableSlot, way: LoadWay): AskedLoad {
    const { guard, counters } = this.#parts;
    const allowed = guard.begin(this.#memory.tenant, config);
    counters.loads++;
    const answer = askSource(this.#source, way, this.#memory.tenant as string, config);
    return { way, generation: this.#memory.generation, answer, allowed, callers: 0 };
  }

  /** A failure is reported once, and then the source is spared for a while. An answer that is only late is taken in when it comes. */
  async #wait(slot: LoadableSlot, asked: AskedLoad): Promise<SourceAnswer> {
    const { name, databaseTimeoutMs } = slot.config;
    asked.callers++;
    try {
      const answer = await within(databaseTimeoutMs, `Loading "${name}"`, asked.answer);
      asked.allowed.answered();
      return answer;
    } catch (error) {
      asked.allowed.failed(error as TenantryError);
      this.#schedule.failed(slot, error as TenantryError);
      this.#noteFailure(error as TenantryError);
      this.#parts.report(error);
      if ((error as TenantryError).code === 'TIMEOUT')
        this.#late.keep(slot, asked, databaseTimeoutMs, answer =>
          this.#takeLate(slot, () => this.#finish(slot, asked, answer)),
        );
      throw error;
    } finally {
      asked.callers--;
    }
  }

  /** An answer that is refused is an answer: the source is there. */
  #noteFailure(error: TenantryError): void {
    if (error.retryable) this.#parts.sourceCalls.failed(error);
    else this.#parts.sourceCalls.succeeded();
  }

  async #finish(slot: LoadableSlot, { way, generation }: AskedLoad, answer: SourceAnswer): Promise<ConfigLoad> {
    this.#schedule.succeeded(slot);
    this.#parts.sourceCalls.succeeded();
    if (answer && 'kept' in answer) {
      const { kept, version } = answer;
      return { loaded: { ...NOTHING, version }, kept, hasValue: false, generation };
    }
    const isOurs = way === 'intoRedis' && !this.areKeptBySource;
    const kept = isOurs ? await this.#keepInRedis(slot.config, answer) : undefined;
    return { loaded: answer, kept, hasValue: true, generation };
  }

  /** Undefined where Redis cannot be written. */
  async #keepInRedis(config: AnyConfig, loaded: LoadedConfig | undefined): Promise<KeepOutcome | undefined> {
    const { loads, report, options } = this.#parts;
    try {
      const keeping = loads.keepLoaded(this.#memory.tenant, this.#encode(config, loaded));
      return await within(redisTimeoutMs(config, options), 'Keeping a loaded config in Redis', keeping);
    } catch (error) {
      report(withoutValues(error, 'Keeping a loaded config in Redis'));
      return undefined;
    }
  }
}

/** How long a config's reader waits for Redis. */
export function redisTimeoutMs({ cacheTimeoutMs }: AnyConfig, { readTimeoutMs }: ReadSettings): number {
  return Math.min(cacheTimeoutMs, readTimeoutMs);
}

const NOTHING: LoadedConfig = Object.freeze({ version: 0, updatedAt: 0, expiresAt: 0, json: undefined });
