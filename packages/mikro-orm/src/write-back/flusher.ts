import { withoutValues } from '@tenantry/protocol/internal';
import { type DirtyConfigs, type DirtyEntry, type FailurePolicy, whenReady, within } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { faultOf } from '../database/permanent-error.ts';
import { raiseRow, writeDirty } from './flush-transaction.ts';
import type { WriteBack } from './write-back.ts';

/** What a flush did. */
export interface FlushResult {
  readonly flushed: number;
  readonly deadLettered: number;
  /** Dirty still: written meanwhile, or waiting for their next attempt. */
  readonly remaining: number;
}

const BATCH = { entries: 500, characters: 1_000_000 };
const PATIENT: FailurePolicy = Object.freeze({ maxAttempts: 5, firstPauseMs: 500, longestPauseMs: 30_000 });
const AT_ONCE: FailurePolicy = Object.freeze({ maxAttempts: 1, firstPauseMs: 0, longestPauseMs: 0 });

/**
 * Brings dirty values into the database:
 *
 *   read dirty entries → one transaction: lock rows, write, commit → end exactly those entries in Redis
 *
 * A crash anywhere leaves entries that are flushed again, and the write ids in the history tell which are there. Two
 * flushers of one tenant wait for each other's row locks, and the second finds its work done.
 */
export function createFlusher(parts: ConfigParts, dirty: DirtyConfigs): Pick<WriteBack, 'flush' | 'flushBefore'> {
  const { redis, clock, report } = parts;

  /** Throws where the database or Redis fails. An entry that fails by its own fault is put aside. */
  async function flushEntries(
    tenant: string,
    entries: readonly DirtyEntry[],
    failures: FailurePolicy,
  ): Promise<Omit<FlushResult, 'remaining'>> {
    if (entries.length === 0) return { flushed: 0, deadLettered: 0 };
    const startedAt = performance.now();
    try {
      const settled = await writeDirty(parts, dirty, tenant, entries);
      const flushed = await dirty.endFlushed(tenant, settled);
      report({ kind: 'flushed', tenant, count: flushed, ms: performance.now() - startedAt });
      return { flushed, deadLettered: 0 };
    } catch (error) {
      const fault = faultOf(error);
      if (fault === undefined) throw withoutValues(error, 'Flushing write-backs');
      const [first] = entries;
      if (entries.length === 1 && first) return putAside(tenant, first, fault, failures);
    }
    // One of them: the halves tell which.
    const half = Math.ceil(entries.length / 2);
    const [a, b] = [
      await flushEntries(tenant, entries.slice(0, half), failures),
      await flushEntries(tenant, entries.slice(half), failures),
    ];
    return { flushed: a.flushed + b.flushed, deadLettered: a.deadLettered + b.deadLettered };
  }

  async function putAside(tenant: string, entry: DirtyEntry, fault: string, failures: FailurePolicy) {
    const { attempts, isDead } = await dirty.fail(tenant, entry, clock(), fault, failures);
    if (!isDead) return { flushed: 0, deadLettered: 0 };
    const { name, version } = entry;
    report({ kind: 'dead-lettered', tenant, name, version, attempts, error: fault });
    // Readers keep what Redis has. What the database is given next must be newer than that, or they would never see it.
    await raiseRow(parts, tenant, entry).catch(() => undefined);
    return { flushed: 0, deadLettered: 1 };
  }

  async function flushTenant(tenant: string): Promise<FlushResult> {
    let [flushed, deadLettered] = [0, 0];
    const onDamaged = (owner: string) =>
      report({ kind: 'warning', message: `A dirty value of ${owner} is damaged: it is left where it is.` });
    for await (const some of dirty.scan(tenant, onDamaged)) {
      const now = clock();
      for (const batch of batches(some.filter(({ notBefore }) => notBefore <= now))) {
        const done = await flushEntries(tenant, batch, PATIENT);
        flushed += done.flushed;
        deadLettered += done.deadLettered;
      }
    }
    await dirty.unhint(tenant, clock());
    return { flushed, deadLettered, remaining: await dirty.count(tenant) };
  }

  return {
    async flush(tenant) {
      const failed = (error: unknown) => Promise.reject(withoutValues(error, 'Flushing write-backs'));
      await whenReady(redis);
      if (tenant !== undefined) return flushTenant(tenant).catch(failed);
      const sum = { flushed: 0, deadLettered: 0, remaining: 0 };
      for await (const some of dirty.tenants('dirty')) {
        for (const each of some) {
          const result = await flushTenant(each).catch(failed);
          for (const part of ['flushed', 'deadLettered', 'remaining'] as const) sum[part] += result[part];
        }
      }
      return sum;
    },

    async flushBefore(tenant, definitions) {
      const kept = definitions.filter(({ persistence }) => persistence === 'database');
      if (kept.length === 0) return;
      const budgetMs = Math.max(...kept.map(({ cacheTimeoutMs }) => cacheTimeoutMs));
      const owners = kept.map(({ address }) => address);
      const look = async () => {
        if (redis.status !== 'ready') await whenReady(redis);
        return dirty.dirtyOf(tenant, owners);
      };
      // Without Redis nobody can say; a database write must not depend on it.
      const entries = await within(budgetMs, 'Looking for write-backs', look()).catch(() => []);
      if (entries.length === 0) return;
      const databaseMs = Math.max(...kept.map(({ databaseTimeoutMs }) => databaseTimeoutMs));
      await within(databaseMs, 'Flushing write-backs', flushEntries(tenant, entries, AT_ONCE));
    },
  };
}

function* batches(entries: readonly DirtyEntry[]): Generator<DirtyEntry[]> {
  let batch: DirtyEntry[] = [];
  let characters = 0;
  // Two names in Redis for one row, after a change of `cacheKey`: the older first, and not in one statement.
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
