import type { AnyConfig } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { type DirtyConfigs, type DirtyEntry, type FailurePolicy, signals, within } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { permanentErrorOf } from '../database/permanent-error.ts';
import { withinQuery } from '../database/within-query.ts';
import { flushInTransaction, raiseRow } from './flush-transaction.ts';

/** The result of a flush, in configs. */
export interface FlushResult {
  /** Configs whose newest value the database now has. */
  readonly flushed: number;
  /** Configs that the database refused for the last time: they are dead letters. */
  readonly deadLettered: number;
  /** Configs that are still dirty: they were written meanwhile, or wait for their next attempt. */
  readonly remaining: number;
}

type FlushCounts = Omit<FlushResult, 'remaining'>;

const BATCH = { entries: 500, characters: 1_000_000 };
const PATIENT: FailurePolicy = Object.freeze({ maxAttempts: 5, firstPauseMs: 500, longestPauseMs: 30_000 });
const AT_ONCE: FailurePolicy = Object.freeze({ maxAttempts: 1, firstPauseMs: 0, longestPauseMs: 0 });

/**
 * Brings dirty values into the database:
 *
 *   read dirty entries → one transaction: lock rows, write, commit → end exactly those entries in Redis
 *
 * After a crash between two of these steps the entries are flushed again, and the write ids in the history tell which ones
 * the database has. Two flushers of one tenant wait for each other's row locks, and the second finds the work done.
 */
export class Flusher {
  readonly #parts: ConfigParts;
  readonly #dirty: DirtyConfigs;

  constructor(parts: ConfigParts, dirty: DirtyConfigs) {
    this.#parts = parts;
    this.#dirty = dirty;
  }

  /**
   * Flushes one tenant, or all. Rejects with `UNAVAILABLE` or `TIMEOUT`; a value that was not flushed stays dirty. `signal` cancels what it
   * asks of the database.
   */
  async flush(tenant?: string, signal?: AbortSignal): Promise<FlushResult> {
    const startedAt = performance.now();
    const failed = (error: unknown) => {
      const failure = withoutValues(error, 'Flushing write-backs');
      if (signals['write-back'].hasSubscribers)
        signals['write-back'].publish({ tenant, flushed: 0, ms: performance.now() - startedAt, code: failure.code });
      return Promise.reject(failure);
    };
    await this.#parts.installation.ready();
    if (tenant !== undefined) return this.#flushTenant(tenant, signal).catch(failed);
    const sum = { flushed: 0, deadLettered: 0, remaining: 0 };
    for await (const tenants of this.#dirty.tenants('dirty')) {
      for (const each of tenants) {
        const result = await this.#flushTenant(each, signal).catch(failed);
        for (const part of ['flushed', 'deadLettered', 'remaining'] as const) sum[part] += result[part];
      }
    }
    return sum;
  }

  /** Flushes these configs before a writer changes them in the database. Without Redis it does nothing. */
  async flushBefore(tenant: string, definitions: readonly AnyConfig[]): Promise<void> {
    const kept = definitions.filter(({ persistence }) => persistence === 'database');
    if (kept.length === 0) return;
    const budgetMs = Math.max(...kept.map(({ cacheTimeoutMs }) => cacheTimeoutMs));
    // Without Redis no process can tell which values are dirty, and a database write must not depend on Redis.
    const entries = await within(budgetMs, 'Looking for write-backs', this.#dirtyOf(tenant, kept)).catch(() => []);
    if (entries.length === 0) return;
    const databaseMs = Math.max(...kept.map(({ databaseTimeoutMs }) => databaseTimeoutMs));
    await withinQuery(databaseMs, 'Flushing write-backs', signal =>
      this.#flushEntries(tenant, entries, AT_ONCE, signal),
    );
  }

  async #dirtyOf(tenant: string, definitions: readonly AnyConfig[]): Promise<DirtyEntry[]> {
    const { installation } = this.#parts;
    if (!installation.isOurs) await installation.ready();
    return this.#dirty.dirtyOf(
      tenant,
      definitions.map(({ address }) => address),
    );
  }

  async #flushTenant(tenant: string, signal: AbortSignal | undefined): Promise<FlushResult> {
    const { clock, report } = this.#parts;
    let [flushed, deadLettered] = [0, 0];
    const onDamaged = (owner: string) =>
      report({ kind: 'warning', message: `A dirty value of ${owner} is damaged: it is left where it is.` });
    for await (const some of this.#dirty.scan(tenant, onDamaged)) {
      const now = clock();
      for (const batch of batches(some.filter(({ notBefore }) => notBefore <= now))) {
        const done = await this.#flushEntries(tenant, batch, PATIENT, signal);
        flushed += done.flushed;
        deadLettered += done.deadLettered;
      }
    }
    await this.#dirty.unhint(tenant, clock());
    return { flushed, deadLettered, remaining: await this.#dirty.count(tenant) };
  }

  /** Throws if the database or Redis fails. An entry that the database refuses for its own sake is put aside. */
  async #flushEntries(
    tenant: string,
    entries: readonly DirtyEntry[],
    failures: FailurePolicy,
    signal: AbortSignal | undefined,
  ): Promise<FlushCounts> {
    if (entries.length === 0) return { flushed: 0, deadLettered: 0 };
    const startedAt = performance.now();
    try {
      const settled = await flushInTransaction(this.#parts, this.#dirty, tenant, entries, signal);
      const flushed = await this.#dirty.endFlushed(tenant, settled);
      this.#parts.report({ kind: 'flushed', tenant, count: flushed, ms: performance.now() - startedAt });
      return { flushed, deadLettered: 0 };
    } catch (error) {
      const fault = permanentErrorOf(error);
      if (fault === undefined) throw withoutValues(error, 'Flushing write-backs');
      const [first] = entries;
      if (entries.length === 1 && first) return this.#putAside(tenant, first, fault, failures);
    }
    // One entry of the batch is refused: halving finds it.
    const half = Math.ceil(entries.length / 2);
    const [a, b] = [
      await this.#flushEntries(tenant, entries.slice(0, half), failures, signal),
      await this.#flushEntries(tenant, entries.slice(half), failures, signal),
    ];
    return { flushed: a.flushed + b.flushed, deadLettered: a.deadLettered + b.deadLettered };
  }

  async #putAside(tenant: string, entry: DirtyEntry, fault: string, failures: FailurePolicy): Promise<FlushCounts> {
    const { clock, report } = this.#parts;
    const { attempts, isDead } = await this.#dirty.fail(tenant, entry, clock(), fault, failures);
    if (!isDead) return { flushed: 0, deadLettered: 0 };
    const { name, version } = entry;
    report({ kind: 'dead-lettered', tenant, name, version, attempts, error: fault });
    // Readers keep the value in Redis. The database's next value must have a higher version, or they would never see it.
    await raiseRow(this.#parts, tenant, entry).catch(() => undefined);
    return { flushed: 0, deadLettered: 1 };
  }
}

function* batches(entries: readonly DirtyEntry[]): Generator<DirtyEntry[]> {
  let batch: DirtyEntry[] = [];
  let characters = 0;
  // After a change of `cacheKey`, one row may have two names in Redis: the older goes first, in a statement of its own.
  let names = new Set<string>();
  for (const entry of [...entries].sort((a, b) => a.at - b.at)) {
    const length = entry.json?.length ?? 0;
    const isFull = batch.length >= BATCH.entries || characters + length > BATCH.characters;
    if (batch.length > 0 && (isFull || names.has(entry.configKey))) {
      yield batch;
      [batch, characters, names] = [[], 0, new Set()];
    }
    batch.push(entry);
    names.add(entry.configKey);
    characters += length;
  }
  if (batch.length > 0) yield batch;
}
