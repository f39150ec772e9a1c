import { TenantryError } from '@tenantry/protocol';
import { checkOptionNames } from '@tenantry/protocol/internal';
import { configAddress } from '@tenantry/protocol/wire';
import { scanReplica, whenReady } from '@tenantry/redis';
import { raiseVersions } from '../../outbox/draw-version.ts';
import { type AuditOptions, checkAuditOptions } from '../audit/audit-options.ts';
import type { AuditParts } from '../audit/audit-run.ts';
import type { AuditSummary } from '../audit/audit-summary.ts';
import { auditUntilSettled } from '../audit/audit-until-settled.ts';
import { type RewindParts, writeNewMark } from './detect-rewind.ts';
import { drainOutboxBelow } from './drain-outbox-below.ts';

/** Options of `resync`. */
export type ResyncOptions = Pick<AuditOptions, 'batchSize' | 'onFinding' | 'onProgress' | 'signal'>;

/**
 * After the database was restored from a backup: its ids and the versions of its configs go on above everything that Redis
 * and its readers have, then Redis is brought to what the database has. Readers keep what they have, marked stale, until
 * that is done. `INVALID_OPTION` for options that it does not have, before anything is changed.
 */
export async function resync(parts: AuditParts & RewindParts, options: ResyncOptions): Promise<AuditSummary> {
  checkOptionNames('resync', options, ['batchSize', 'onFinding', 'onProgress', 'signal']);
  checkAuditOptions(options);
  const { redis, replica } = parts;
  await whenReady(redis);
  const token = (await replica.beginFill(true)) as string;
  try {
    const summary = await resyncAs(token, parts, options);
    // A worker may fill it at once.
    if (!summary.complete) await replica.giveUpFill(token);
    return summary;
  } catch (error) {
    await replica.giveUpFill(token).catch(() => undefined);
    throw error;
  }
}

async function resyncAs(token: string, parts: AuditParts & RewindParts, options: ResyncOptions): Promise<AuditSummary> {
  const { replica, history, orm, dialect } = parts;
  await history.beginEpochs();
  const mark = await history.watermark();
  const first = await raiseVersions(orm, dialect, Math.max(mark?.version ?? 0, await highestIn(parts, token)));
  const keep = new AbortController();
  const { onProgress, signal } = options;
  await drainOutboxBelow(parts, first, async () => {
    if (!(await replica.keepFilling(token))) keep.abort();
    return !keep.signal.aborted && !signal?.aborted;
  });
  const pass: AuditOptions = {
    ...options,
    repair: true,
    signal: signal ? AbortSignal.any([signal, keep.signal]) : keep.signal,
    onProgress(present) {
      onProgress?.(present);
      replica.keepFilling(token).then(
        kept => kept || keep.abort(),
        () => keep.abort(),
      );
    },
  };
  const summary = await auditUntilSettled(parts, pass, MANNER);
  if (!summary.complete) return summary;
  if (!(await replica.completeFill(token, first)))
    throw new TenantryError(
      'UNAVAILABLE',
      'Redis lost its data during the resync: it is filled again by the next worker.',
    );
  await writeNewMark(parts, 'resync', await history.incarnations());
  return summary;
}

/** The highest id of an outbox that Redis has of anything; configs count for themselves. */
async function highestIn({ redis, replica }: AuditParts, token: string): Promise<number> {
  let highest = 0;
  for await (const { records, keys } of scanReplica(redis, { names: replica.names, count: 1_000 })) {
    for (const { owner, version } of [...records, ...keys])
      if (!owner.startsWith(ANY_CONFIG) && version > highest) highest = version;
    await replica.keepFilling(token);
  }
  return highest;
}

const MANNER = { origin: 'resync', raiseAhead: true, restoresMarks: false } as const;
const ANY_CONFIG = configAddress('');
