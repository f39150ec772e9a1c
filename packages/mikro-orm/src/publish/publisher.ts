import { type Tenant, TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { type RecordChange, type RedisClient, type Replica, whenReady, within } from '@tenantry/redis';
import type { Acknowledger } from '../outbox/acknowledger.ts';
import type { DeadRows } from '../outbox/dead-letters.ts';
import type { CapturedChange } from '../outbox/row-change.ts';
import type { OnReport, PublishedBy, PublishedRecord } from '../reports/report.ts';
import type { PresentState } from '../sources/replicated-source.ts';
import type { PresentRows, PresentRowsReader } from './present-rows.ts';
import type { BatchRecord } from './publish-batch.ts';

/** What the publisher works with. */
export interface PublisherParts {
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly reader: PresentRowsReader;
  readonly acknowledger: Acknowledger;
  readonly deadRows: DeadRows;
  readonly report: OnReport;
  readonly publishTimeoutMs: number;
  readonly clock: () => number;
}

/** What the relay's part of a publish came to. */
export interface PublishedRows {
  /** Outbox ids that are done. */
  readonly done: readonly number[];
  /** Why others are not: Redis did not take some tenant's changes. A node of a Cluster is away, or a slot moves. */
  readonly error?: unknown;
}

// Half of a relay's lease, so that what did get through is known before it ends.
const TENANT_MS = 5_000;
const RECORD_MS = 1;

/** Brings the present state of changed records into Redis: at once after a commit, or for the relay. */
export class Publisher {
  readonly #parts: PublisherParts;
  /** Publishes that outlived their budget and still wait for Redis. */
  #overdue = 0;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * After a commit: never throws, never takes longer than the budget. The outbox still has what does not get through; true
   * where that is nothing. Where nobody here knows what was changed, the outbox tells.
   */
  async publishCommitted(
    transactionId: string,
    known: readonly CapturedChange[] | undefined,
    budgetMs: number = this.#parts.publishTimeoutMs,
  ): Promise<boolean> {
    const { redis, reader, report, acknowledger, publishTimeoutMs } = this.#parts;
    // Nought leaves everything to the relay, whatever a config says.
    if (budgetMs === 0 || publishTimeoutMs === 0) return false;
    const startedAt = performance.now();
    let settled = false;
    let overdue = false;
    let changes = known;
    const publish = async () => {
      changes ??= await reader.changesOf(transactionId);
      if (changes.length === 0) return true;
      // While one publish is stuck, more would only queue up behind it.
      if (!overdue && this.#overdue > 0) throw stuck();
      await whenReady(redis);
      // Too late already: the relay has it, and the ORM may be closed by now and would connect again.
      if (overdue) return false;
      const present = await reader.ofCommitted(transactionId, changes);
      if (!present) return false;
      const { done: published, error } = await this.#publish(present, 'commit', startedAt);
      acknowledger.add(published);
      if (error !== undefined) throw error;
      return published.length === present.batch.records.flatMap(record => record.outboxIds).length;
    };
    try {
      const work = publish().finally(() => {
        settled = true;
        if (overdue) this.#overdue--;
      });
      return await within(budgetMs, 'Publishing after the commit', work);
    } catch (error) {
      if (!settled && this.#overdue === 0) {
        overdue = true;
        this.#overdue++;
      }
      report({
        kind: 'deferred',
        count: changes?.length ?? 0,
        error: withoutValues(error, 'Publishing after the commit'),
      });
      return false;
    }
  }

  /**
   * For the relay: whole transactions, and what is entangled with them. Undefined where they have more rows than are published in
   * one step. Throws when the database fails, or Redis cannot be reached.
   */
  async publishTransactions(transactionIds: readonly string[]): Promise<PublishedRows | undefined> {
    const startedAt = performance.now();
    await whenReady(this.#parts.redis);
    const present = await this.#parts.reader.ofTransactions(transactionIds);
    return present && this.#publish(present, 'relay', startedAt);
  }

  /** For the relay: these outbox rows and no others, where whole transactions are too many. */
  async publishRows(outboxIds: readonly number[]): Promise<PublishedRows> {
    const startedAt = performance.now();
    await whenReady(this.#parts.redis);
    return this.#publish(await this.#parts.reader.ofRows(outboxIds), 'relay', startedAt);
  }

  async #publish({ batch, rows, unreadable }: PresentRows, by: PublishedBy, startedAt: number): Promise<PublishedRows> {
    const failed = new Map(unreadable);
    const left = new Map<BatchRecord, unknown>();
    const changes = new Map<Tenant, { record: BatchRecord; change: RecordChange }[]>();
    for (const record of batch.records) {
      if (failed.has(record)) continue;
      let state: PresentState | undefined;
      try {
        const row = rows.get(record);
        state = row && record.source.presentState(row, record.recordId);
      } catch (error) {
        failed.set(record, error);
        // What belongs to no tenant any more has left the one it was in. What cannot be encoded stays as it was.
        if (!belongsNowhere(error)) continue;
      }
      for (const [tenant, change] of this.#changesOf(record, state)) {
        const list = changes.get(tenant);
        if (list) list.push({ record, change });
        else changes.set(tenant, [{ record, change }]);
      }
    }
    const published = await this.#apply(changes, failed, left);
    this.#parts.report({ kind: 'published', by, records: published, ms: performance.now() - startedAt });
    for (const [record, error] of failed) await this.#reportFailure(record, error);
    const done = batch.records.filter(record => !failed.has(record) && !left.has(record));
    const ids = done.flatMap(record => record.outboxIds);
    return left.size > 0 ? { done: ids, error: left.values().next().value } : { done: ids };
  }

  /** One step for each tenant the record stands in or may have stood in. */
  #changesOf(record: BatchRecord, state: PresentState | undefined): [Tenant, RecordChange][] {
    const { source, recordId, version, addressesBefore: before } = record;
    const owner = state?.owner ?? source.ownerOf(recordId);
    const gone = [...record.tenants].filter(tenant => tenant !== state?.tenant);
    const steps: [Tenant, RecordChange][] = gone.map(tenant => [
      tenant,
      { owner, version, op: 'delete', addresses: [], before },
    ]);
    if (state) steps.push([state.tenant, toRecordChange(state, version, this.#parts.clock(), before)]);
    return steps;
  }

  async #apply(
    changes: ReadonlyMap<Tenant, { record: BatchRecord; change: RecordChange }[]>,
    failed: Map<BatchRecord, unknown>,
    left: Map<BatchRecord, unknown>,
  ): Promise<PublishedRecord[]> {
    const perTenant = [...changes].map(async ([tenant, list]) => {
      let applied: boolean[];
      try {
        const apply = this.#parts.replica.apply(
          tenant,
          list.map(each => each.change),
        );
        const budgetMs = TENANT_MS + list.length * RECORD_MS;
        applied = await within(budgetMs, "Publishing one tenant's changes", apply);
      } catch (error) {
        for (const { record } of list)
          if (isForeignKey(error)) failed.set(record, spoiled());
          else left.set(record, error);
        return [];
      }
      return list.map(({ record, change }, i): PublishedRecord => {
        const { version, op, addresses } = change;
        return {
          source: record.source.name,
          recordId: record.recordId,
          tenant,
          version,
          op,
          addresses,
          applied: applied[i] === true,
        };
      });
    });
    return (await Promise.all(perTenant)).flat();
  }

  async #reportFailure(record: BatchRecord, failure: unknown): Promise<void> {
    const { deadRows, report } = this.#parts;
    const error = withoutValues(failure, 'Reading the row');
    const outcome = await deadRows.recordFailure(record, error);
    if (outcome) report({ kind: 'failed', source: record.source.name, recordId: record.recordId, error, ...outcome });
  }
}

/** A row's state as the replica takes it. `version` is for a row that has none of its own. */
export function toRecordChange(
  { op, owner, version: own, addresses, expiresAt, encode }: PresentState,
  version: number,
  now: number,
  before: readonly string[] = [],
): RecordChange {
  const present = own ?? version;
  return {
    owner,
    version: present,
    op,
    addresses,
    formerAddresses: before,
    expiresAt,
    envelope: encode?.(present, now),
  };
}

function belongsNowhere(error: unknown): boolean {
  return error instanceof TenantryError && (error.code === 'TENANT_MISSING' || error.code === 'INVALID_TENANT');
}

/** One tenant's own trouble, which must not hold up the others for ever as an unreachable Redis may. */
function isForeignKey(error: unknown): boolean {
  return error instanceof Error && /WRONGTYPE/.test(error.message);
}

function spoiled(): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    "One of the tenant's names in Redis holds something else: its records cannot be written. Delete what stands there.",
  );
}

function stuck(): TenantryError {
  return new TenantryError('UNAVAILABLE', 'An earlier publish still waits for Redis: this one is left to the relay.');
}
