import { type ConfigSource, TenantryError } from '@tenantry/protocol';
import { within } from '@tenantry/redis';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { heatOf } from '../warmth/heat.ts';
import type { LoadWay } from './ask-source.ts';
import { type ConfigLoad, ConfigLoads, redisTimeoutMs } from './config-loads.ts';
import { type Lease, LoadLease, pollPauses } from './load-lease.ts';
import { type LoadableSlot, LoadSchedule } from './load-schedule.ts';
import type { FeedGate, ReadParts, ReadReason } from './read-parts.ts';
import type { ReadOutcome, RedisReads } from './redis-reads.ts';

const ATTEMPTS = 3;

/**
 * Reads the configs of one tenant that a source may have: from Redis, and from the source where Redis does not have them or they are no
 * longer fresh. In this process one load at a time for a config, and of all processes the one that has the lease; the others wait for its
 * answer, for a while. The answer goes into Redis by version, and from there into memory, like every other value.
 */
export class ConfigReads {
  readonly schedule: LoadSchedule;
  readonly #memory: TenantMemory;
  readonly #gate: FeedGate;
  readonly #redis: RedisReads;
  readonly #parts: ReadParts;
  readonly #loads: ConfigLoads;
  readonly #lease: LoadLease;
  /** The reads that callers wait for. */
  readonly #reading = new Map<Slot, Promise<boolean>>();
  /** The reads of which some caller waits for the end: they take no turn. */
  readonly #hurried = new Set<Slot>();
  /** The loads in the background. */
  readonly #refreshing = new Map<Slot, Promise<unknown>>();

  constructor(memory: TenantMemory, gate: FeedGate, redis: RedisReads, source: ConfigSource, parts: ReadParts) {
    this.#memory = memory;
    this.#gate = gate;
    this.#redis = redis;
    this.#parts = parts;
    this.schedule = new LoadSchedule(memory, parts);
    this.#loads = new ConfigLoads(memory, this.schedule, source, parts, (slot, finish) => this.#takeLate(slot, finish));
    this.#lease = new LoadLease(parts.loads, memory.tenant);
  }

  /** Brings a slot up to date; false where the feed was not heard up to there. */
  read(slot: LoadableSlot, reason: ReadReason): Promise<boolean> {
    if (reason === 'caller') this.#hurry(slot);
    const begun = this.#reading.get(slot);
    if (begun) return begun;
    const pinned = this.#memory.pin(slot.address);
    const reading = this.#readOrLoad(slot, reason).finally(() => {
      this.#reading.delete(slot);
      this.#hurried.delete(slot);
      this.#memory.unpin(pinned);
    });
    this.#reading.set(slot, reading);
    // All waiting callers may have gone.
    reading.catch(ignore);
    return reading;
  }

  /** A caller waits for what was begun in the background, or is about to be. */
  #hurry(slot: Slot): void {
    this.#hurried.add(slot);
    this.#parts.turns.hurry(slot);
  }

  /** Memory may answer without waiting. Begins a refresh in the background where it is time for one. */
  mayAnswer(slot: LoadableSlot, isInterrupted: boolean): boolean {
    const answer = this.schedule.answerOf(slot, isInterrupted);
    if (answer === 'refresh') this.#refresh(slot);
    return answer !== 'wait';
  }

  async #readOrLoad(slot: LoadableSlot, reason: ReadReason): Promise<boolean> {
    const { options } = this.#parts;
    let isAway = false;
    if (slot.config.cache === 'replicated') {
      try {
        const outcome = await this.#readFromRedis(slot);
        if (this.schedule.isEnough(slot, outcome)) return outcome.isHeard;
      } catch (error) {
        if (!(error instanceof TenantryError && error.retryable)) throw error;
        isAway = true;
      }
    } else {
      const opened = Promise.resolve(this.#gate.opened());
      await within(redisTimeoutMs(slot.config, options), 'Opening the feed', opened).catch(ignore);
    }
    await this.#refreshing.get(slot);
    if (!isAway && slot.isFresh(this.#parts.now)) return true;
    return this.#loadInTurn(slot, isAway, 'wait', reason);
  }

  /** Loads it in the background, unless another process does. No caller waits for it, so no caller can cancel it. */
  #refresh(slot: LoadableSlot): void {
    if (this.#reading.has(slot) || this.#refreshing.has(slot) || this.schedule.isPaused(slot)) return;
    const pinned = this.#memory.pin(slot.address);
    const isAway = !this.#memory.live;
    const refreshing = this.#loadInTurn(slot, isAway, 'skip', 'background')
      .catch(ignore)
      .finally(() => {
        this.#refreshing.delete(slot);
        this.#memory.unpin(pinned);
      });
    this.#refreshing.set(slot, refreshing);
  }

  /** A load in the background waits for its turn. */
  async #loadInTurn(
    slot: LoadableSlot,
    isAway: boolean,
    whenTaken: 'wait' | 'skip',
    reason: ReadReason,
  ): Promise<boolean> {
    if (reason === 'caller' || this.#hurried.has(slot)) return this.#load(slot, isAway, whenTaken);
    // A watcher that has seen nothing yet is to get its default within a time, however slow the source is.
    const mostMs = slot.isKnown ? undefined : slot.config.databaseTimeoutMs;
    const endTurn = await this.#parts.turns.take(slot, heatOf(slot, this.#memory), mostMs);
    try {
      // Nobody is to be asked for a client that is closed.
      if (this.#gate.isClosed)
        throw new TenantryError('CLOSED', 'The client is closed: nothing can be loaded any more.');
      // The feed may have brought it meanwhile.
      if (whenTaken === 'wait' && this.#memory.live && slot.isFresh(this.#parts.now)) return true;
      return await this.#load(slot, isAway, whenTaken);
    } finally {
      endTurn();
    }
  }

  /** `isAway`: Redis does not answer. `whenTaken`: where another process has the lease. */
  async #load(slot: LoadableSlot, isAway: boolean, whenTaken: 'wait' | 'skip'): Promise<boolean> {
    const failure = this.schedule.failure(slot);
    if (failure) throw failure;
    // A message that overtakes the load must be told from the messages before it.
    const replied = this.#memory.replies.open();
    const byRedis = slot.config.cache === 'replicated' && !isAway;
    let lease: Lease = 'none';
    try {
      // A source that puts its answers into Redis by itself sees to it that a herd of readers is one load.
      if (byRedis && !this.#loads.areKeptBySource) {
        lease = await this.#takeLease(slot);
        if (lease === 'taken' && whenTaken === 'skip') {
          this.schedule.pause(slot);
          return true;
        }
        if (lease === 'taken') {
          const waited = await this.#waitForOther(slot);
          if (typeof waited === 'boolean') return waited;
          lease = waited;
        }
        // The lease may be free because the other process is done:
        //   one:   reads, misses                                        takes the lease   → looks again
        //   other:                 loads, fills, gives the lease back
        if (typeof lease === 'object' && whenTaken === 'wait') {
          const outcome = await this.#readFromRedis(slot).catch(ignore);
          if (outcome && this.schedule.isEnough(slot, outcome)) return outcome.isHeard;
        }
      }
      return await this.#loadNow(slot, byRedis);
    } finally {
      replied();
      if (typeof lease === 'object') this.#lease.giveBack(slot.address, lease);
    }
  }

  /** Asks the source, and brings its answer into memory. */
  async #loadNow(slot: LoadableSlot, byRedis: boolean): Promise<boolean> {
    const wasFresh = slot.isFresh(this.#parts.now);
    let way: LoadWay = byRedis ? 'intoRedis' : 'value';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const load = await this.#loads.load(slot, way);
      const wasHeard = await this.#takeIn(slot, load, wasFresh);
      if (wasHeard !== undefined) return wasHeard;
      // Redis has dropped it again, or does not answer this process: the next answer goes straight into memory.
      if (!load.hasValue) way = 'value';
    }
    throw new TenantryError(
      'UNAVAILABLE',
      `"${slot.config.name}" changed faster than it could be loaded, ${ATTEMPTS} times in a row. Try again.`,
    );
  }

  /** Brings an answer into memory. Undefined: it is of no use, load again. */
  async #takeIn(slot: LoadableSlot, load: ConfigLoad, wasFresh: boolean): Promise<boolean | undefined> {
    const memory = this.#memory;
    const { now } = this.#parts;
    if (load.kept !== undefined) {
      // The feed carries small values: memory may have it already.
      if (!wasFresh && memory.live && slot.isFresh(now)) {
        memory.answeredFrom(slot, 'source');
        return true;
      }
      const outcome = await this.#readFromRedis(slot).catch(ignore);
      memory.answeredFrom(slot, 'source');
      if (outcome && this.schedule.isEnough(slot, outcome)) return outcome.isHeard;
      const isNewest = load.kept === 'newer' || (load.kept === 'filled' && !load.hasValue);
      if (isNewest && outcome && !outcome.isMissing && slot.isPresent(now)) {
        this.#loads.keepNewer(slot);
        return outcome.isHeard;
      }
      if (isNewest && (outcome || !load.hasValue)) return undefined;
    }
    const isTaken = this.#loads.takeIn(slot, load);
    memory.answeredFrom(slot, 'source');
    memory.notify([slot]);
    return isTaken ? memory.live : undefined;
  }

  /** Nobody waits for the answer any more. Where the feed has overtaken it, the next read loads again. */
  async #takeLate(slot: LoadableSlot, finish: () => Promise<ConfigLoad>): Promise<void> {
    if (this.#gate.isClosed) return;
    try {
      const wasFresh = slot.isFresh(this.#parts.now);
      await this.#takeIn(slot, await finish(), wasFresh);
    } catch (error) {
      this.#parts.report(error);
    }
  }

  /** Whether the other process's answer was heard; or the lease, where it gave up; or `none`, where this one has waited long enough. */
  async #waitForOther(slot: LoadableSlot): Promise<boolean | Lease> {
    for (const pauseMs of pollPauses(slot.config.cacheTimeoutMs)) {
      await new Promise(resolve => setTimeout(resolve, pauseMs));
      if (slot.isFresh(this.#parts.now)) return true;
      try {
        const outcome = await this.#readFromRedis(slot);
        if (this.schedule.isEnough(slot, outcome)) return outcome.isHeard;
      } catch {
        return 'none';
      }
      const lease = await this.#takeLease(slot);
      if (lease !== 'taken') return lease;
    }
    return 'none';
  }

  #takeLease({ config }: LoadableSlot): Promise<Lease> {
    return this.#lease.take(config, redisTimeoutMs(config, this.#parts.options));
  }

  async #readFromRedis(slot: LoadableSlot): Promise<ReadOutcome> {
    this.#memory.answeredFrom(slot, 'redis');
    return within(redisTimeoutMs(slot.config, this.#parts.options), 'Reading from Redis', this.#redis.read(slot));
  }
}

const ignore = () => undefined;
