import type { Tenant } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { type RecordChange, type Replica, within } from '@tenantry/redis';
import type { PresentState } from '../definitions/replicated-definition.ts';
import { belongsNowhere } from '../definitions/tenant-of-row.ts';
import { toBehindChange } from '../definitions/to-behind-change.ts';
import { toRecordChange } from '../definitions/to-record-change.ts';
import type { Acknowledger } from '../outbox/acknowledger.ts';
import type { Installation } from '../outbox/installation.ts';
import { MOST_LISTS } from '../outbox/waiting-lists.ts';
import type { PublishedBy, PublishedRecord } from '../reports/report.ts';
import { applyPerTenant, type TenantStep } from './apply-per-tenant.ts';
import { type CommittedTransaction, sizeOf, withoutDead } from './committed-transaction.ts';
import { type NoteFailuresParts, noteFailures } from './note-failures.ts';
import { OverduePublishes } from './overdue-publishes.ts';
import type { PresentRow, PresentRowsReader } from './present-rows.ts';
import { beginPublish, endPublish } from './publish-signal.ts';
import { type PublishedRows, publishedRows } from './published-rows.ts';
import type { TooMany, UnpublishedChanges } from './unpublished-changes.ts';

/** What the publisher works with. */
export interface PublisherParts extends NoteFailuresParts {
  readonly installation: Installation;
  readonly replica: Replica;
  readonly reader: PresentRowsReader;
  readonly unpublished: UnpublishedChanges;
  readonly acknowledger: Acknowledger;
  readonly clock: () => number;
}

const NONE: ReadonlySet<number> = new Set();

/** How a commit is published. */
interface PublishOptions {
  /** Since when the change has waited, for the report. */
  readonly startedAt?: number;
  /** Nobody waits for it. */
  readonly inBackground?: boolean;
}

/** Brings the present state of changed records into Redis: at once after a commit, or for the relay. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #overdue = new OverduePublishes();
  /** What publishes of commits ask of the database just now. */
  readonly #reads = new Set<Promise<unknown>>();
  readonly #listeners: ((published: readonly PublishedRecord[]) => void)[] = [];

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Calls the listener with the records of each publish, after its report. */
  onPublished(listener: (published: readonly PublishedRecord[]) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * After their commits: never throws, never takes longer than the budget. The outbox still has what does not get through; true
   * where that is nothing.
   */
  async publishCommitted(
    committed: readonly CommittedTransaction[],
    budgetMs: number,
    { startedAt = performance.now(), inBackground = false }: PublishOptions = {},
  ): Promise<boolean> {
    const { installation, report } = this.#parts;
    if (budgetMs === 0) return false;
    let isSettled = false;
    let isLate = false;
    let transactions: readonly CommittedTransaction[] = committed.map(withoutDead);
    const publish = async () => {
      transactions = await this.#known(transactions);
      if (transactions.every(({ changes }) => changes?.length === 0)) return true;
      if (!isLate) await this.#overdue.pass(inBackground);
      if (!installation.isOurs) {
        await installation.redisReady();
        if (isLate) return false;
        await this.#reading(installation.identify());
        await installation.check();
      }
      return this.#publishTogether(transactions, startedAt, () => isLate);
    };
    const work = publish().finally(() => {
      isSettled = true;
    });
    try {
      return await within(budgetMs, 'Publishing after the commit', work);
    } catch (error) {
      isLate = true;
      if (!isSettled) this.#overdue.add(inBackground, work);
      report({
        kind: 'deferred',
        count: sizeOf(transactions),
        error: withoutValues(error, 'Publishing after the commit'),
      });
      return false;
    }
  }

  /**
   * Settles when no publish of a commit asks the database for anything, so that the ORM may be closed. A read that is under way
   * while it closes would connect again, and keep the process alive:
   *
   *   flush:    publish → first SELECT …    its budget is over: returns
   *   close:                                                            closes the pool
   *   publish:                              … second SELECT             → a new pool
   *
   * It does not wait for Redis: a publish that is over its budget there reads nothing any more.
   */
  async readsEnded(): Promise<void> {
    while (this.#reads.size > 0) await Promise.allSettled(this.#reads);
  }

  /**
   * For the relay: whole transactions, and what is entangled with them. Undefined where they have more rows than are published in
   * one step. Throws when the database fails, or Redis cannot be reached. `signal` cancels what it asks of the database.
   */
  async publishTransactions(
    transactionIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<PublishedRows | undefined> {
    const startedAt = performance.now();
    await this.#parts.installation.ready();
    const present = await this.#parts.reader.ofTransactions(transactionIds, { signal });
    return typeof present === 'string' ? undefined : this.#publish(present, 'relay', startedAt);
  }

  /** For the relay: these outbox rows and no others, where whole transactions are too many. */
  async publishRows(outboxIds: readonly number[], signal?: AbortSignal): Promise<PublishedRows> {
    const startedAt = performance.now();
    await this.#parts.installation.ready();
    return this.#publish(await this.#parts.reader.ofRows(outboxIds, signal), 'relay', startedAt);
  }

  /** In one step, or in halves where they are too many for one; true where nothing is left. */
  async #publishTogether(
    committed: readonly CommittedTransaction[],
    startedAt: number,
    isLate: () => boolean,
  ): Promise<boolean> {
    // Too late already: the relay has it, and the ORM may be closed by now and would connect again.
    if (isLate()) return false;
    const present = await this.#reading(this.#presentOf(committed));
    if (present === 'crowded') return false;
    if (present === 'too many') {
      const middle = Math.ceil(committed.length / 2);
      if (committed.length === middle) return false;
      const isDone = await this.#publishTogether(committed.slice(0, middle), startedAt, isLate);
      return (await this.#publishTogether(committed.slice(middle), startedAt, isLate)) && isDone;
    }
    // Transactions that triggers were told of may have changed nothing.
    if (present.length === 0) return true;
    const { done, isAll, error } = await this.#publish(present, 'commit', startedAt);
    this.#parts.acknowledger.add(done);
    if (error !== undefined) throw error;
    return isAll;
  }

  async #publish(present: readonly PresentRow[], by: PublishedBy, startedAt: number): Promise<PublishedRows> {
    const signal = beginPublish(by, present);
    const failures = new Map<PresentRow, unknown>();
    const steps = new Map<Tenant, TenantStep[]>();
    for (const each of present) {
      for (const [tenant, change] of this.#changesOf(each, failures)) {
        const list = steps.get(tenant);
        if (list) list.push({ present: each, change });
        else steps.set(tenant, [{ present: each, change }]);
      }
    }
    const { published, failed, left } = await applyPerTenant(this.#parts.replica, steps, signal?.trace);
    for (const [each, error] of failed) failures.set(each, error);
    const ms = performance.now() - startedAt;
    if (signal) endPublish(signal, { published, ms, errors: [...failures.values(), ...left.values()] });
    this.#parts.report({ kind: 'published', by, records: published, ms });
    for (const listener of this.#listeners) listener(published);
    // Where Redis could not even be told that it is old, that is tried again.
    for (const each of left.keys()) failures.delete(each);
    const kept = failures.size > 0 ? await this.#reading(noteFailures(this.#parts, failures)) : NONE;
    return publishedRows(present, failures, left, kept);
  }

  /** One step for each tenant the record stands in or may have stood in. Where the row cannot be published, that is noted. */
  #changesOf(present: PresentRow, failures: Map<PresentRow, unknown>): [Tenant, RecordChange][] {
    const { record, recordId, row, error } = present;
    if (error !== undefined) {
      failures.set(present, error);
      return this.#behindOf(present);
    }
    const { definition, version, addressesBefore: formerAddresses } = record;
    let state: PresentState | undefined;
    try {
      state = row && definition.presentState(row, recordId);
    } catch (failure) {
      failures.set(present, failure);
      // A row that belongs to no tenant any more has left the one it was in. A row that cannot be encoded stays as it was, and is old.
      if (!belongsNowhere(failure)) return this.#behindOf(present);
    }
    const owner = state?.owner ?? definition.ownerOf(recordId);
    const gone = [...record.tenants].filter(tenant => tenant !== state?.tenant);
    const leave: RecordChange = { owner, version, op: 'delete', addresses: [], formerAddresses };
    const steps: [Tenant, RecordChange][] = gone.map(tenant => [tenant, leave]);
    if (state) steps.push([state.tenant, toRecordChange(state, version, this.#parts.clock(), formerAddresses)]);
    return steps;
  }

  /** One step for each tenant whose readers may have the record. */
  #behindOf({ record, recordId, row }: PresentRow): [Tenant, RecordChange][] {
    const { definition, version, tenants } = record;
    const place = definition.unpublishable?.(row);
    if (!place) return [];
    const { tenant, addresses } = place;
    const owner = definition.ownerOf(recordId);
    const now = this.#parts.clock();
    const concerned = new Set<Tenant>(tenants);
    if (tenant !== undefined) concerned.add(tenant);
    return [...concerned].map(each => [each, toBehindChange(owner, version, each === tenant ? addresses : [], now)]);
  }

  /** Where nobody here knows what a transaction changed, the outbox tells. Several are read from the outbox in any case. */
  async #known(committed: readonly CommittedTransaction[]): Promise<readonly CommittedTransaction[]> {
    const [only, ...others] = committed;
    if (!only || only.changes || others.length > 0) return committed;
    const changes = await this.#reading(this.#parts.unpublished.changesOf(only.transactionId));
    return [{ ...only, changes }];
  }

  #presentOf(committed: readonly CommittedTransaction[]): Promise<PresentRow[] | TooMany> {
    const { reader } = this.#parts;
    const [only, ...others] = committed;
    return only?.changes && others.length === 0
      ? reader.ofCommitted(only.transactionId, only.changes)
      : reader.ofTransactions(
          committed.map(({ transactionId }) => transactionId),
          { mostLists: MOST_LISTS },
        );
  }

  #reading<T>(read: Promise<T>): Promise<T> {
    const ended = read.finally(() => this.#reads.delete(ended));
    this.#reads.add(ended);
    return ended;
  }
}
