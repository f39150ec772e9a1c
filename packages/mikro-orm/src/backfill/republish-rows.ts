import { type EntityManager, LockMode, type MikroORM } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { type RecordChange, type Replica, within } from '@tenantry/redis';
import type { Dialect } from '../database/dialect.ts';
import { afterPrimaryKey, byPrimaryKey } from '../database/primary-key.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { withinQuery } from '../database/within-query.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import { toBehindChange } from '../definitions/to-behind-change.ts';
import { toRecordChange } from '../definitions/to-record-change.ts';
import { drawVersion } from '../outbox/draw-version.ts';
import { both, findTransactions, oneOf } from '../outbox/find-unpublished.ts';
import type { Installation } from '../outbox/installation.ts';
import { findLists, readLists } from '../outbox/waiting-lists.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { OnReport } from '../reports/report.ts';

/** What publishing rows again works with. */
export interface RepublishParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly replica: Replica;
  readonly installation: Installation;
  readonly publisher: Publisher;
  readonly report: OnReport;
  readonly clock: () => number;
}

/** Some of a definition's rows. */
export interface BackfillSelection {
  /** Only rows for which this condition holds, as in `em.find`. */
  readonly where?: object;
  /** Tenants that have everything already: their rows are read and not published. */
  readonly without?: ReadonlySet<Tenant> | undefined;
}

/** Rows as they were when their version was drawn, and the transactions that changed them and are not yet published. */
export interface Batch {
  readonly rows: readonly { readonly recordId: string; readonly row: object }[];
  readonly version: number;
  readonly unpublished: readonly string[];
}

/** How many rows of a batch Redis took, could not be encoded, or belong to tenants that have everything already. */
export interface PublishedBatch {
  readonly applied: number;
  readonly failed: number;
  readonly left: number;
}

const PUBLISH_MS = 10_000;
/** About so much is sent before an answer is awaited: a whole batch of large rows would take longer than that over a slow line, each time. */
const SLICE_BYTES = 1_048_576;

/** Locks rows for writers, reads them and draws their version. A deadlock with a writer is tried again. */
export async function readBatch(
  { orm, dialect }: RepublishParts,
  definition: ReplicatedDefinition,
  { where, after, limit }: { readonly where: object; readonly after?: string | undefined; readonly limit: number },
): Promise<Batch> {
  return retryTransaction(orm, dialect, async em => {
    const condition =
      after === undefined ? where : { $and: [where, afterPrimaryKey(definition.meta, after, em.getPlatform())] };
    const found = await definition.findRows(em, condition, {
      orderBy: byPrimaryKey(definition.meta),
      limit,
      ...(dialect.supportsRowLocks ? { lockMode: LockMode.PESSIMISTIC_READ } : {}),
    });
    if (found.length === 0) return { rows: [], version: 0, unpublished: [] };
    const rows = found.map(row => ({ recordId: definition.recordIdOf(row), row }));
    return { rows, version: await drawVersion(em), unpublished: await unpublishedOf(em, definition, rows) };
  });
}

async function unpublishedOf(
  em: EntityManager,
  definition: ReplicatedDefinition,
  rows: Batch['rows'],
): Promise<string[]> {
  const recordIds = rows.map(({ recordId }) => recordId);
  const found = await findTransactions(em, both(oneOf('source', [definition.name]), oneOf('record_id', recordIds)));
  const ids = new Set(found.map(({ transactionId }) => transactionId));
  const mine = new Set(recordIds);
  const lists = await findLists(em, [definition.name]);
  for await (const list of readLists(
    em,
    lists.map(({ id }) => id),
  ))
    if (list.recordIds.some(id => mine.has(id))) ids.add(list.transactionId);
  return [...ids];
}

/** How a batch is published. */
interface PublishBatchOptions extends Pick<BackfillSelection, 'without'> {
  /** Addresses that a record is to leave, whatever Redis remembers of it. */
  before?(owner: string): readonly string[];
}

/** Publishes rows with the version of their batch, after every unpublished transaction that changed one of them. */
export async function publishBatch(
  parts: RepublishParts,
  definition: ReplicatedDefinition,
  batch: Batch,
  options: PublishBatchOptions = {},
): Promise<PublishedBatch> {
  const { replica, publisher, installation } = parts;
  await installation.ready();
  // A Redis that never answers ends the backfill, which can be resumed; it must not keep it for ever.
  if (batch.unpublished.length > 0) {
    const publish = (signal: AbortSignal) => publisher.publishTransactions(batch.unpublished, signal);
    // Undefined where they are too large for one step: the relay has them.
    const published = await withinQuery(PUBLISH_MS, 'Publishing a batch', publish);
    if (published?.error !== undefined) throw published.error;
  }
  const { perTenant, failed, left } = changesOf(parts, definition, batch, options);
  let applied = 0;
  for (const slice of slicesOf(perTenant)) {
    const applying = slice.map(async ([tenant, changes]) => {
      const flags = await replica.apply(tenant, changes);
      return changes.filter(({ isBehind }, i) => flags[i] && !isBehind).length;
    });
    for (const count of await within(PUBLISH_MS, 'Publishing a batch', Promise.all(applying))) applied += count;
  }
  return { applied, failed, left };
}

/** Nearly always one. */
function* slicesOf(perTenant: ReadonlyMap<Tenant, readonly RecordChange[]>): Generator<[Tenant, RecordChange[]][]> {
  let slice: [Tenant, RecordChange[]][] = [];
  let bytes = 0;
  for (const [tenant, changes] of perTenant) {
    let some: RecordChange[] = [];
    for (const change of changes) {
      if (some.length === 0) slice.push([tenant, some]);
      some.push(change);
      bytes += change.envelope?.length ?? 0;
      if (bytes < SLICE_BYTES) continue;
      yield slice;
      [slice, some, bytes] = [[], [], 0];
    }
  }
  if (slice.length > 0) yield slice;
}

function changesOf(
  { report, clock }: RepublishParts,
  definition: ReplicatedDefinition,
  { rows, version }: Batch,
  { before, without }: PublishBatchOptions,
) {
  const perTenant = new Map<Tenant, RecordChange[]>();
  let [failed, left] = [0, 0];
  const add = (tenant: Tenant, change: RecordChange) => {
    const changes = perTenant.get(tenant);
    if (changes) changes.push(change);
    else perTenant.set(tenant, [change]);
  };
  for (const { recordId, row } of rows) {
    try {
      const state = definition.presentState(row, recordId);
      const { tenant } = state;
      if (without?.has(tenant)) {
        left++;
        continue;
      }
      const change: RecordChange = {
        ...toRecordChange(state, version, clock(), before?.(state.owner)),
        // A row with a version of its own may have lost nothing but its keys.
        evenIfKnown: state.version !== undefined,
      };
      add(tenant, change);
    } catch (error) {
      failed++;
      const failure = withoutValues(error, 'Encoding the row');
      report({ kind: 'failed', definition: definition.name, recordId, error: failure, attempts: 1, dead: false });
      const { tenant, addresses = [] } = definition.unpublishable?.(row) ?? {};
      if (tenant !== undefined && !without?.has(tenant))
        add(tenant, toBehindChange(definition.ownerOf(recordId), version, addresses, clock()));
    }
  }
  return { perTenant, failed, left };
}
