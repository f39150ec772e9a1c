import { withoutValues } from '@tenantry/protocol/internal';
import { createReplicaMarks } from '@tenantry/redis';
import type { ReplicationReport } from '../reports/report.ts';
import { type AuditParts, type AuditSummary, audit } from './audit/audit.ts';
import { type AuditOptions, checkAuditOptions } from './audit/audit-options.ts';
import { auditUntilSettled } from './audit/audit-until-settled.ts';
import {
  beginHistory,
  compareHistories,
  giveUpHistory,
  type HistoryVerdict,
  presentServers,
  tellRepaired,
} from './rewind/detect-rewind.ts';
import { type ResyncOptions, resync } from './rewind/resync.ts';

/** What compares Redis with the database, and mends it. */
export interface Reconcile {
  /**
   * Compares Redis with the tables, by version and content, in constant memory; with `repair` brings it to what they say.
   * Where all of it is right then, readers that wait for what Redis had lost are told.
   * `INVALID_OPTION`, `INVALID_CURSOR`; `UNAVAILABLE` or `TIMEOUT` where the database or Redis fails: what was found until then was told.
   */
  audit(options?: AuditOptions): Promise<AuditSummary>;
  /** The last audit of this process that got to its end. */
  lastAudit(): AuditSummary | undefined;
  /**
   * After the database was restored from a backup: lets its versions go on above those in Redis, and brings Redis to what the
   * database has. Readers say `stale` meanwhile. Called again after an abort or an error it begins anew.
   */
  resync(options?: ResyncOptions): Promise<AuditSummary>;
  /**
   * Finds out whether Redis or the database went back to an earlier state, and reports it. Such a Redis is filled again by the next
   * `fillIfEmpty`, such a database wants `resync`, a Redis that `restarted` wants an audit with `repair`. Workers call it all the time.
   * `UNAVAILABLE` or `TIMEOUT`.
   */
  checkHistory(): Promise<HistoryVerdict>;
}

/** The same, and what the write side tells it. */
export interface ReconcileParts extends Reconcile {
  /** The present lives of the servers. */
  servers(): Promise<string>;
  /** Everything was published into these servers just now. */
  filled(servers: string): Promise<void>;
  /** A change that Redis refused as old may be the first sign of a database that went back. */
  heard(heard: ReplicationReport): void;
}

// The database is known not to have gone back.
const WHOLE: readonly HistoryVerdict[] = ['same', 'restarted'];
const MOVE_MS = 60_000;
const LOOK_MS = 5_000;

export function createReconcile(shared: AuditParts): ReconcileParts {
  const { redis, replica, report, orm } = shared;
  const parts = { ...shared, history: createReplicaMarks(redis, replica) };
  let last: AuditSummary | undefined;
  let movedAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let told: HistoryVerdict | undefined;

  function done(summary: AuditSummary): AuditSummary {
    if (summary.complete) last = summary;
    const { found, repaired, left, waiting, complete, ms } = summary;
    report({ kind: 'audited', found, repaired, left, waiting, complete, ms });
    return summary;
  }

  async function lookAt(moves: boolean): Promise<HistoryVerdict> {
    const verdict = await compareHistories(parts, moves);
    if (verdict === 'redis') await giveUpHistory(parts);
    // What lasts until somebody does something about it is told once.
    if ((verdict === 'redis' || verdict === 'database') && verdict !== told) report({ kind: 'rewound', what: verdict });
    told = verdict;
    return verdict;
  }

  async function auditAndTell(options: AuditOptions): Promise<AuditSummary> {
    checkAuditOptions(options);
    const marksAgain = options.repair === true && WHOLE.includes(await compareHistories(parts, false));
    const manner = { ...options, marksAgain };
    if (options.tenant !== undefined || options.after !== undefined) return audit(parts, manner);
    const servers = await presentServers(parts);
    const summary = await (options.repair ? auditUntilSettled : audit)(parts, manner);
    if (isRight(summary)) await tellRepaired(parts, servers, () => options.onProgress?.(summary));
    return summary;
  }

  return {
    audit: (options = {}) => auditAndTell(options).then(done, refuse('The audit')),
    lastAudit: () => last,
    resync: (options = {}) => resync(parts, options).then(done, refuse('The resync')),
    async checkHistory() {
      const now = performance.now();
      const moves = now - movedAt >= MOVE_MS;
      const verdict = await lookAt(moves).catch(refuse('Comparing the histories'));
      if (moves) movedAt = now;
      return verdict;
    },
    servers: () => presentServers(parts),
    filled(servers) {
      movedAt = performance.now();
      return beginHistory(parts, 'fill', servers);
    },
    heard(heard) {
      if (heard.kind !== 'published' || heard.records.every(record => record.applied)) return;
      // An ordinary overtaken change is refused, too, and where many write one row, many are.
      if (performance.now() - lookedAt < LOOK_MS) return;
      lookedAt = performance.now();
      // A closed ORM would silently connect again. Whether it worked out is the worker's business.
      orm
        .isConnected()
        .then(async connected => void (connected && (await lookAt(false))))
        .catch(() => undefined);
    },
  };
}

/** Nothing is left that a repair could bring; what is unknown here, unpublishable, or newer than the database has, stays. */
function isRight({ complete, waiting, leftOf }: AuditSummary): boolean {
  return complete && waiting + leftOf.missing + leftOf.stale + leftOf.orphan + leftOf.foreign === 0;
}

function refuse(what: string) {
  return (error: unknown): Promise<never> => Promise.reject(withoutValues(error, what));
}
