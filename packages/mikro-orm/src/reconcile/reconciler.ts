import { withoutValues } from '@tenantry/protocol/internal';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import { createReplicaMarks } from '@tenantry/redis';
import type { PublishedRecord } from '../reports/report.ts';
import { audit } from './audit/audit.ts';
import { type AuditOptions, checkAuditOptions } from './audit/audit-options.ts';
import type { AuditParts } from './audit/audit-run.ts';
import type { AuditSummary } from './audit/audit-summary.ts';
import { auditUntilSettled } from './audit/audit-until-settled.ts';
import {
  announceRepair,
  detectRewind,
  giveUpRedis,
  type HistoryVerdict,
  presentIncarnations,
  type RewindParts,
  writeNewMark,
} from './rewind/detect-rewind.ts';
import { type ResyncOptions, resync } from './rewind/resync.ts';

/** Compares Redis with the database, and mends it. */
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

// The database is known not to have gone back.
const WHOLE: readonly HistoryVerdict[] = ['same', 'restarted'];
const MOVE_MS = 60_000;
const LOOK_MS = 5_000;

/** Audits, resyncs and watches for rewinds, and remembers the last of each. */
export class Reconciler implements Reconcile {
  readonly #parts: AuditParts & RewindParts;
  #last: AuditSummary | undefined;
  #movedAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #reported: HistoryVerdict | undefined;

  constructor(parts: Omit<AuditParts, 'codec'>) {
    const history = createReplicaMarks(parts.redis, parts.replica);
    this.#parts = { ...parts, history, codec: createPayloadCodec() };
    parts.publisher.onPublished(records => this.#noticeRefused(records));
  }

  audit(options: AuditOptions = {}): Promise<AuditSummary> {
    return this.#audit(options).then(summary => this.#done(summary), refuse('The audit'));
  }

  lastAudit(): AuditSummary | undefined {
    return this.#last;
  }

  resync(options: ResyncOptions = {}): Promise<AuditSummary> {
    const work = this.#parts.installation.ready().then(() => resync(this.#parts, options));
    return work.then(summary => this.#done(summary), refuse('The resync'));
  }

  async checkHistory(): Promise<HistoryVerdict> {
    const now = performance.now();
    const moves = now - this.#movedAt >= MOVE_MS;
    const verdict = await this.#look(moves).catch(refuse('Comparing the histories'));
    if (moves) this.#movedAt = now;
    return verdict;
  }

  /** The run ids of the servers as they are now. */
  incarnations(): Promise<string> {
    return presentIncarnations(this.#parts);
  }

  /** To be called when everything was published into these servers. */
  filled(incarnations: string): Promise<void> {
    this.#movedAt = performance.now();
    return writeNewMark(this.#parts, 'fill', incarnations);
  }

  async #audit(options: AuditOptions): Promise<AuditSummary> {
    checkAuditOptions(options);
    const parts = this.#parts;
    await parts.installation.ready();
    const restoresMarks = options.repair === true && WHOLE.includes(await detectRewind(parts, false));
    const manner = { origin: 'repair', raiseAhead: false, restoresMarks };
    if (options.tenant !== undefined || options.after !== undefined) return audit(parts, options, manner);
    const incarnations = await presentIncarnations(parts);
    const summary = await (options.repair ? auditUntilSettled : audit)(parts, options, manner);
    if (isRight(summary)) await announceRepair(parts, incarnations, () => options.onProgress?.(summary));
    return summary;
  }

  #done(summary: AuditSummary): AuditSummary {
    if (summary.complete) this.#last = summary;
    const { found, repaired, left, waiting, complete, ms } = summary;
    this.#parts.report({ kind: 'audited', found, repaired, left, waiting, complete, ms });
    return summary;
  }

  async #look(moves: boolean, draws = moves): Promise<HistoryVerdict> {
    await this.#parts.installation.ready();
    const verdict = await detectRewind(this.#parts, moves, draws);
    if (verdict === 'redis') await giveUpRedis(this.#parts);
    // A rewind lasts until somebody does something about it, and is reported once.
    if ((verdict === 'redis' || verdict === 'database') && verdict !== this.#reported)
      this.#parts.report({ kind: 'rewound', what: verdict });
    this.#reported = verdict;
    return verdict;
  }

  /** A change that Redis refused as old may be the first sign of a database that went back. */
  #noticeRefused(records: readonly PublishedRecord[]): void {
    // An ordinary overtaken change is refused, too, and where many processes write one row, many are.
    if (records.every(record => record.applied) || performance.now() - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = performance.now();
    // Whether it worked out is the worker's business.
    this.#look(false, true).catch(() => undefined);
  }
}

/** No finding is left that a repair could mend; records that are unknown here, unpublishable, or newer than the database's, stay. */
function isRight({ complete, waiting, leftOf }: AuditSummary): boolean {
  return complete && waiting + leftOf.missing + leftOf.stale + leftOf.orphan + leftOf.foreign === 0;
}

function refuse(what: string) {
  return (error: unknown): Promise<never> => Promise.reject(withoutValues(error, what));
}
