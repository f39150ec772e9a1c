import { type EntityManager, IsolationLevel, LockMode, type MikroORM } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { type RecordChange, type Replica, within } from '@tenantry/redis';
import type { Dialect } from '../database/dialect.ts';
import { afterPrimaryKey, byPrimaryKey } from '../database/primary-key.ts';
import { drawVersion } from '../outbox/draw-version.ts';
import { type Publisher, toRecordChange } from '../publish/publisher.ts';
import type { OnReport } from '../reports/report.ts';
import type { PublishedSource } from '../sources/replicated-source.ts';
import { Outbox } from '../tables/outbox.ts';

/** Where a backfill stands; `after` of the last one resumes it. */
export interface BackfillProgress {
  readonly source: string;
  readonly rows: number;
  /** Rows Redis did not have in a state as new. */
  readonly applied: number;
  /** Rows that cannot be replicated: no tenant, not encodable, too large. Each was reported. */
  readonly failed: number;
  readonly after: string | undefined;
}

/** Options of `backfill`. */
export interface BackfillOptions {
  /** Only rows for which this condition holds, as in `em.find`. */
  readonly where?: object;
  /** Resume after this record id. */
  readonly after?: string | undefined;
  /** Rows read, locked and published together. Default 1,000. */
  readonly batchSize?: number;
  /** Called after each batch. */
  readonly onProgress?: (progress: BackfillProgress) => void;
  /** Stops after the batch that is under way. */
  readonly signal?: AbortSignal;
}

/** What only a fill says. */
export interface InternalBackfillOptions {
  /** Tenants that have everything already: their rows are read and not published. */
  readonly without?: ReadonlySet<Tenant>;
}

/** What a backfill works with. */
export interface BackfillParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly replica: Replica;
  readonly publisher: Publisher;
  readonly report: OnReport;
  readonly clock: () => number;
}

const PUBLISH_MS = 10_000;
const NOBODY: ReadonlySet<Tenant> = new Set();

/**
 * Publishes a whole table, batch by batch, in constant memory. Each batch draws its version while its rows are
 * locked for writers, so it is newer than every change before and older than every change after:
 *
 *   writer:   UPDATE row, outbox id 7                          COMMIT
 *   backfill:                          lock the row (waits)            read it, draw 8, publish as 8
 *
 * Drawn without the lock, the backfill's 8 would carry the state before 7, and 7 would come too late.
 *
 * What was changed and is not yet published comes first, with the whole of its transaction:
 *
 *   writer:   changes A and C  COMMIT                                        publish A and C
 *   backfill:                          read A, draw 8, publish A as 8    → shows the new A beside the old C
 */
export async function backfill(
  parts: BackfillParts,
  source: PublishedSource,
  options: BackfillOptions & InternalBackfillOptions,
): Promise<BackfillProgress> {
  const { batchSize = 1_000, onProgress, signal, without } = options;
  let progress: BackfillProgress = { source: source.name, rows: 0, applied: 0, failed: 0, after: options.after };
  let publishing: Promise<PublishedBatch> = Promise.resolve({ applied: 0, failed: 0, left: 0 });
  for (;;) {
    const where = options.where ? { $and: [source.where, options.where] } : source.where;
    const batch = await readBatch(parts, source, where, progress.after, batchSize);
    // One batch is read while the one before is published.
    const before = await publishing;
    progress = including(progress, before);
    if (progress.after !== options.after) onProgress?.(progress);
    publishing = publishBatch(parts, source, batch, undefined, without);
    publishing.catch(() => undefined);
    const { rows } = batch;
    const last = rows.at(-1);
    if (last) progress = { ...progress, rows: progress.rows + rows.length, after: source.recordIdOf(last) };
    if (rows.length < batchSize || signal?.aborted) break;
  }
  const end = await publishing;
  progress = including(progress, end);
  onProgress?.(progress);
  return progress;
}

/** What became of the rows of a batch. `left`: those of tenants that have everything already. */
interface PublishedBatch {
  readonly applied: number;
  readonly failed: number;
  readonly left: number;
}

function including(progress: BackfillProgress, { applied, failed, left }: PublishedBatch): BackfillProgress {
  const rows = progress.rows - left;
  return { ...progress, rows, applied: progress.applied + applied, failed: progress.failed + failed };
}

/** Rows as they were when their version was drawn, and the transactions that changed them and are not yet published. */
export interface Batch {
  readonly rows: readonly object[];
  readonly version: number;
  readonly unpublished: readonly string[];
}

/** Locks rows for writers, reads them and draws their version. */
export async function readBatch(
  { orm, dialect }: BackfillParts,
  source: PublishedSource,
  where: object,
  after: string | undefined,
  limit: number,
): Promise<Batch> {
  return orm.em.fork().transactional(
    async em => {
      const condition = after === undefined ? where : { $and: [where, afterPrimaryKey(source.meta, after)] };
      const rows = await em.find(source.meta.class, condition as never, {
        ...source.findOptions,
        orderBy: byPrimaryKey(source.meta) as never,
        limit,
        ...(dialect.supportsRowLocks ? { lockMode: LockMode.PESSIMISTIC_READ } : {}),
      });
      if (rows.length === 0) return { rows, version: 0, unpublished: [] };
      return { rows, version: await drawVersion(em), unpublished: await unpublishedOf(em, source, rows) };
    },
    dialect.supportsRowLocks ? { isolationLevel: IsolationLevel.READ_COMMITTED } : {},
  );
}

async function unpublishedOf(em: EntityManager, source: PublishedSource, rows: object[]): Promise<string[]> {
  const recordId = { $in: rows.map(row => source.recordIdOf(row)) };
  const found = await em.getDriver().find(Outbox, { source: source.name, recordId, availableAt: { $ne: null } }, {
    ctx: em.getTransactionContext(),
    connectionType: 'write',
    fields: ['transactionId'],
  } as never);
  return [...new Set(found.map(row => (row as { transactionId: string }).transactionId))];
}

/** `before`: addresses that a record is to leave, whatever Redis remembers of it. */
export async function publishBatch(
  { replica, publisher, report, clock }: BackfillParts,
  source: PublishedSource,
  { rows, version, unpublished }: Batch,
  before: (owner: string) => readonly string[] = () => [],
  without: ReadonlySet<Tenant> = NOBODY,
): Promise<PublishedBatch> {
  // A Redis that never answers ends the backfill, which can be resumed; it must not keep it for ever.
  if (unpublished.length > 0) {
    const work = publisher.publishTransactions(unpublished);
    // Nothing, where they are too large for one step: the relay has them.
    const published = await within(PUBLISH_MS, 'Publishing a batch', work);
    if (published?.error !== undefined) throw published.error;
  }
  const perTenant = new Map<Tenant, RecordChange[]>();
  let [failed, left] = [0, 0];
  for (const row of rows) {
    const recordId = source.recordIdOf(row);
    try {
      const state = source.presentState(row, recordId);
      const { tenant } = state;
      if (without.has(tenant)) {
        left++;
        continue;
      }
      // A row with a version of its own may have lost nothing but its keys.
      const change = {
        ...toRecordChange(state, version, clock(), before(state.owner)),
        evenIfKnown: state.version !== undefined,
      };
      const changes = perTenant.get(tenant);
      if (changes) changes.push(change);
      else perTenant.set(tenant, [change]);
    } catch (error) {
      failed++;
      report({
        kind: 'failed',
        source: source.name,
        recordId,
        error: withoutValues(error, 'Encoding the row'),
        attempts: 1,
        dead: false,
      });
    }
  }
  const applying = Promise.all([...perTenant].map(([tenant, changes]) => replica.apply(tenant, changes)));
  const flags = await within(PUBLISH_MS, 'Publishing a batch', applying);
  return { applied: flags.flat().filter(applied => applied).length, failed, left };
}
