import { type AnyConfig, type ConfigSource, type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { configTimes, withoutValues } from '@tenantry/protocol/internal';
import { type FillOutcome, within } from '@tenantry/redis';
import { admitLoaded } from '../admission/admit-loaded.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { askSource } from './ask-source.ts';
import { LoadThrottle } from './load-throttle.ts';
import { createToFill, type ToFill } from './loaded-record.ts';
import type { FeedGate, ReadParts } from './tenant-reads.ts';

/** What loading needs beside memory. */
export interface ConfigLoadParts extends ReadParts {
  readonly source: ConfigSource;
  /** Reads it from Redis into memory; true where the feed was heard up to there. */
  fetch(slot: Slot): Promise<boolean>;
}

/** A slot for which `hasSourceOf` holds. */
export type LoadableSlot = Slot & { readonly config: AnyConfig };

const ATTEMPTS = 3;

// How others look whether the one that has the lease is done: soon at first, then less often.
const POLL_MS = { first: 10, most: 50 };

// Without a feed nobody tells of a change: a config without a ttl is then loaded again this often.
const UNHEARD_MS = 10_000;

/**
 * Gets configs of one tenant that Redis does not have, or that are no longer fresh, from the source. In this process one
 * load at a time for a config, and across processes one that has the lease; the others wait for what it brings, for a
 * while. What it brings goes into Redis by version and from there into memory, like everything else.
 */
export class ConfigLoads {
  readonly #memory: TenantMemory;
  readonly #gate: FeedGate;
  readonly #parts: ConfigLoadParts;
  readonly #throttle: LoadThrottle;
  readonly #refreshing = new Map<Slot, Promise<unknown>>();
  readonly #toFill: ToFill;
  /** When the source answered last for what Redis has less of. */
  readonly #asked = new WeakMap<Slot, number>();

  constructor(memory: TenantMemory, gate: FeedGate, parts: ConfigLoadParts) {
    this.#memory = memory;
    this.#gate = gate;
    this.#parts = parts;
    const { clock, random } = parts.options;
    this.#throttle = new LoadThrottle(clock);
    this.#toFill = createToFill(clock, random);
  }

  /** Brings a slot up to date, from Redis or from the source; false where the feed was not heard up to there. */
  request(slot: LoadableSlot): Promise<boolean> {
    if (slot.loading) return slot.loading;
    const held = this.#memory.hold(slot.address);
    const loading = this.#bring(slot).finally(() => {
      slot.loading = undefined;
      this.#memory.release(held);
    });
    slot.loading = loading;
    // All who wait may have gone.
    loading.catch(() => undefined);
    return loading;
  }

  /** What memory has may be given without waiting. Begins a refresh in the background where it is time for one. */
  mayAnswer(slot: LoadableSlot, isInterrupted: boolean): boolean {
    const { clock } = this.#parts.options;
    if (slot.config.cache === 'off') return false;
    if (this.#memory.live) {
      if (!slot.isVouchedFor(clock)) return false;
      // Failed just now: the old value is all there is for a while.
      if (this.isOverdue(slot)) return slot.state !== 'unknown' && this.#throttle.error(slot.address) !== undefined;
      if (slot.dueAt !== 0 && slot.dueAt <= clock()) this.#refresh(slot);
      return true;
    }
    const isOverdue = this.isOverdue(slot);
    if (slot.loadedAt !== 0 && !isOverdue) return true;
    if (!isInterrupted || !(slot.isPresent(clock) || (slot.state === 'absent' && slot.isVouchedFor(clock))))
      return false;
    if (isOverdue) this.#refresh(slot);
    return true;
  }

  /** It should be loaded again, although nothing newer was heard of. */
  isOverdue(slot: Slot): boolean {
    if (!this.#memory.hasSourceOf(slot) || slot.config?.cache === 'off') return false;
    const now = this.#parts.options.clock();
    if (this.#memory.live) return slot.freshUntil !== 0 && slot.freshUntil <= now;
    const unheard = Math.max(this.#memory.lostAt, slot.loadedAt) + UNHEARD_MS;
    return (slot.freshUntil === 0 ? unheard : slot.freshUntil) <= now;
  }

  /** In how many ms it should be loaded again for those who watch it; undefined: not by itself. */
  renewalIn(slot: Slot): number | undefined {
    const { config, state } = slot;
    const { live, lostAt } = this.#memory;
    const { clock, random } = this.#parts.options;
    // A creation is heard of.
    if (!this.#memory.hasSourceOf(slot) || config?.cache === 'off' || state === 'unknown') return undefined;
    if (live && (state === 'absent' || slot.freshUntil === 0)) return undefined;
    const until = slot.freshUntil === 0 ? Math.max(lostAt, slot.loadedAt) + UNHEARD_MS : slot.freshUntil;
    // The first process to wake up does it for all: the later ones hear of it before their turn.
    const spread = random() * Math.min(5_000, (config?.ttlMs ?? UNHEARD_MS) / 10);
    return Math.max(until - clock(), this.#throttle.remainingMs(slot.address)) + spread + 1;
  }

  /** How long no load is tried. */
  throttledMs(slot: Slot): number {
    return this.#throttle.remainingMs(slot.address);
  }

  async #bring(slot: LoadableSlot): Promise<boolean> {
    const { config } = slot;
    let away = false;
    if (config.cache === 'replicated') {
      try {
        const heard = await this.#fetch(slot);
        if (this.#isBrought(slot, heard)) return heard;
      } catch (error) {
        if (!(error instanceof TenantryError && error.retryable)) throw error;
        away = true;
      }
    } else
      await within(this.#redisMs(config), 'Opening the feed', Promise.resolve(this.#gate.opened())).catch(noMatter);
    await this.#refreshing.get(slot);
    if (!away && slot.isSettled(this.#parts.options.clock)) return true;
    return this.#load(slot, away, 'wait');
  }

  /** One in the background, unless another process is at it. Nobody waits for it, so nobody can cancel it. */
  #refresh(slot: LoadableSlot): void {
    const { address } = slot;
    if (slot.loading || this.#refreshing.has(slot)) return;
    if (this.#throttle.isPaused(address) || this.#throttle.error(address)) return;
    const held = this.#memory.hold(address);
    const away = !this.#memory.live;
    const work = this.#load(slot, away, 'skip')
      .catch(noMatter)
      .finally(() => {
        this.#refreshing.delete(slot);
        this.#memory.release(held);
      });
    this.#refreshing.set(slot, work);
  }

  /** `away`: Redis does not answer. */
  async #load(slot: LoadableSlot, away: boolean, whenTaken: 'wait' | 'skip'): Promise<boolean> {
    const { address, config } = slot;
    const throttled = this.#throttle.error(address);
    if (throttled) throw throttled;
    // What overtakes the load must be told from what came before it.
    const replied = this.#memory.awaitReply();
    const byRedis = config.cache === 'replicated' && !away;
    let lease: string | undefined;
    try {
      if (byRedis) {
        const taken = await this.#lease(config, address);
        if (taken === 'taken') {
          if (whenTaken === 'skip') {
            this.#throttle.pause(address, config.retryThrottleMs);
            return true;
          }
          const waited = await this.#waitForOther(slot);
          if (typeof waited === 'boolean') return waited;
          lease = waited;
        } else lease = taken;
        // The lease may be free because it is done:
        //   one:   reads, misses                                        takes the lease   → looks again
        //   other:                 loads, fills, gives the lease back
        if (lease !== undefined && whenTaken === 'wait') {
          const heard = await this.#fetch(slot).catch(noMatter);
          if (heard !== undefined && this.#isBrought(slot, heard)) return heard;
        }
      }
      return await this.#loadInto(slot, byRedis);
    } finally {
      replied();
      if (lease !== undefined) this.#parts.loads.release(this.#memory.tenant, address, lease).catch(noMatter);
    }
  }

  async #loadInto(slot: LoadableSlot, byRedis: boolean): Promise<boolean> {
    const memory = this.#memory;
    const { address, config } = slot;
    const { clock, random } = this.#parts.options;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { generation } = memory;
      const loaded = await this.#ask(slot);
      this.#throttle.succeeded(address);
      this.#asked.set(slot, clock());
      const filled = byRedis ? await this.#fill(config, loaded) : undefined;
      if (filled !== undefined) {
        const heard = await this.#fetch(slot).catch(noMatter);
        slot.origin = 'source';
        if (heard !== undefined && this.#isBrought(slot, heard)) return heard;
        if (heard !== undefined && filled === 'newer') {
          if (slot.missing || !slot.isPresent(clock)) continue;
          // Newer than what the database has: a write-back that is not flushed yet. There is nothing fresher.
          const { freshUntil } = configTimes(config, slot.endsAt, clock(), random);
          memory.renew(slot, { freshUntil, expiresAt: slot.endsAt });
          return heard;
        }
      }
      const gone = filled === 'ended' ? { ...NOTHING, version: loaded?.version ?? 0 } : loaded;
      const now = clock();
      const freshUntil =
        gone?.json === undefined
          ? now + config.negativeTtlMs
          : configTimes(config, gone.expiresAt, now, random).freshUntil;
      const isAdmitted = admitLoaded(memory, slot, gone, { generation, freshUntil, now: clock });
      slot.origin = 'source';
      memory.notify([slot]);
      if (isAdmitted) return memory.live;
    }
    throw new TenantryError(
      'UNAVAILABLE',
      `"${config.name}" changed faster than it could be loaded, ${ATTEMPTS} times in a row. Try again.`,
    );
  }

  /** A failure is told once, and spares the source for a while. */
  async #ask({ address, config }: LoadableSlot): Promise<LoadedConfig | undefined> {
    const { source, counters, report } = this.#parts;
    counters.loads++;
    try {
      return await askSource(source, this.#memory.tenant as string, config);
    } catch (error) {
      this.#throttle.failed(address, error as TenantryError, config.retryThrottleMs);
      report(error);
      throw error;
    }
  }

  /** Undefined where Redis cannot be written: the value is taken straight into memory. */
  async #fill(config: AnyConfig, loaded: LoadedConfig | undefined): Promise<FillOutcome | undefined> {
    const { loads, report } = this.#parts;
    try {
      const fill = loads.fill(this.#memory.tenant, this.#toFill(config, loaded));
      return await within(this.#redisMs(config), 'Filling Redis', fill);
    } catch (error) {
      report(withoutValues(error, 'Filling Redis'));
      return undefined;
    }
  }

  /** A lease that cannot be had because Redis has trouble keeps nobody from loading. */
  async #lease(config: AnyConfig, address: string): Promise<string | undefined | 'taken'> {
    const forMs = config.databaseTimeoutMs + 2 * config.cacheTimeoutMs;
    const { loads } = this.#parts;
    try {
      const lease = loads.lease(this.#memory.tenant, address, forMs);
      return (await within(this.#redisMs(config), 'Taking a lease', lease)) ?? 'taken';
    } catch {
      return undefined;
    }
  }

  /** What the other brought; or the lease, where it gave up; or undefined, where this one has waited long enough. */
  async #waitForOther(slot: LoadableSlot): Promise<boolean | string | undefined> {
    const { config, address } = slot;
    const { clock } = this.#parts.options;
    const endsAt = performance.now() + config.cacheTimeoutMs;
    for (let pause = POLL_MS.first; performance.now() + pause < endsAt; pause = Math.min(POLL_MS.most, pause * 1.5)) {
      await new Promise(resolve => setTimeout(resolve, pause));
      if (slot.isSettled(clock)) return true;
      try {
        const heard = await this.#fetch(slot);
        if (this.#isBrought(slot, heard)) return heard;
      } catch {
        return undefined;
      }
      const lease = await this.#lease(config, address);
      if (lease !== 'taken') return lease;
    }
    return undefined;
  }

  async #fetch(slot: LoadableSlot): Promise<boolean> {
    slot.origin = 'redis';
    return within(this.#redisMs(slot.config), 'Reading from Redis', this.#parts.fetch(slot));
  }

  /** Redis had it, and it is fresh, or nobody can tell. Where Redis has less than was seen here, the source may have more, or the end of it. */
  #isBrought(slot: LoadableSlot, heard: boolean): boolean {
    if (slot.missing || this.isOverdue(slot)) return false;
    const { clock } = this.#parts.options;
    const isBehind = heard && this.#memory.live && !slot.isVouchedFor(clock);
    return !isBehind || clock() - (this.#asked.get(slot) ?? 0) < slot.config.retryThrottleMs;
  }

  #redisMs({ cacheTimeoutMs }: AnyConfig): number {
    return Math.min(cacheTimeoutMs, this.#parts.options.readTimeoutMs);
  }
}

const NOTHING: LoadedConfig = Object.freeze({ version: 0, updatedAt: 0, expiresAt: 0, json: undefined });
const noMatter = () => undefined;
