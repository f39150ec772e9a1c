import { placeholders } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { runOwn, selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { withinQuery } from '../database/within-query.ts';
import type { Acknowledger } from '../outbox/acknowledger.ts';
import { type Claim, type ClaimParts, claimRows, leaseMs, PAUSE_MS } from '../outbox/claim-rows.ts';
import type { PublishedRows } from './published-rows.ts';
import type { Publisher } from './publisher.ts';

/** What one run of the relay did. */
export interface RelayResult {
  /** Changes that are in Redis now and are gone from the outbox. */
  readonly published: number;
  /** Due rows are left: run again at once. */
  readonly more: boolean;
}

/** What the relay works with. `sources`: rows of others are left to the processes that know them. */
export interface RelayParts extends ClaimParts {
  readonly publisher: Publisher;
  readonly acknowledger: Acknowledger;
  readonly graceMs: number;
}

const BATCHES_PER_RUN = 20;

/** What the database does while a batch is published. */
interface Ahead {
  /** Undefined: nothing is claimed that is not being published. */
  claim: Promise<Claim> | undefined;
  deleting: Promise<void>;
}

/**
 * Publishes what the process that committed it did not. Several may run: claiming only spares work, since a row that
 * two relays publish is applied once.
 *
 * Rows are claimed once they are older than the grace, so that the relay does not race the publishing after the
 * commit. Age is measured without a wall clock: ids up to the highest one seen a grace ago are old enough. There is no
 * cursor: a slow transaction commits a lower id later.
 */
export class Relay {
  readonly #parts: RelayParts;
  readonly #seen: { at: number; id: number }[] = [];

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** Publishes what is due, for a bounded time. Throws when the database or Redis fails; nothing is lost then. */
  async run(): Promise<RelayResult> {
    const ahead: Ahead = { claim: undefined, deleting: Promise.resolve() };
    try {
      const result = await this.#publishBatches(await this.#oldEnough(), ahead);
      await ahead.deleting;
      return result;
    } finally {
      // Nobody publishes it now. What else went wrong is the error.
      await ahead.claim?.then(claim => this.#release(claim, '0')).catch(() => undefined);
      await ahead.deleting.catch(() => undefined);
    }
  }

  /**
   * Once a batch has got through, the database claims the next rows and deletes the last ones while a batch is read and applied: they
   * are other rows. Before that, a Redis that takes nothing would keep two batches from other relays. Rows of an entangled transaction
   * are tried with the first of them, and not once more where they were claimed meanwhile.
   */
  async #publishBatches(highest: number, ahead: Ahead): Promise<RelayResult> {
    let published = 0;
    let more = true;
    let error: unknown;
    let tried: ReadonlySet<number> = new Set();
    for (let i = 1; more && i <= BATCHES_PER_RUN; i++) {
      const claim = withoutRows(await (ahead.claim ?? claimRows(this.#parts, highest)), tried);
      ahead.claim = undefined;
      more = claim.more;
      // Parts of one transaction follow one another: what is left of it may fit into one step.
      const claimsAhead = more && published > 0 && !claim.isPart && i < BATCHES_PER_RUN;
      if (claimsAhead) ahead.claim = withoutUnhandled(claimRows(this.#parts, highest));
      if (claim.rows.length === 0) continue;
      const batch = await this.#publish(claim);
      published += batch.changes;
      error ??= batch.error;
      await ahead.deleting;
      tried = new Set([...batch.done, ...batch.failed]);
      ahead.deleting = withoutUnhandled(this.#parts.acknowledger.deleteAtOnce(batch.done));
      if (!claimsAhead) await ahead.deleting;
      if (batch.error !== undefined && batch.done.length === 0) break;
    }
    if (error !== undefined) throw error;
    return { published, more };
  }

  /** The highest id that was there a grace ago; 0 while that is not known. */
  async #oldEnough(): Promise<number> {
    const { orm, graceMs } = this.#parts;
    const highest = `select max(id) as id from ${ownTable(orm, 'outbox')}`;
    const [row] = await selectOwn<{ id: number | string | null }>(internalFork(orm), highest);
    const now = performance.now();
    this.#seen.push({ at: now, id: Number(row?.id ?? 0) });
    while (this.#seen.length > 1 && (this.#seen[1] as { at: number }).at <= now - graceMs) this.#seen.shift();
    const oldest = this.#seen[0];
    return oldest && oldest.at <= now - graceMs ? oldest.id : 0;
  }

  async #publish(claim: Claim): Promise<PublishedRows> {
    const { dialect, publisher, wholeRows } = this.#parts;
    try {
      const ids = claim.rows.map(row => Number(row.id));
      const transactionIds = [...new Set(claim.rows.map(row => row.transaction_id))];
      const publish = (signal: AbortSignal) =>
        claim.isPart ? publisher.publishRows(ids, signal) : publisher.publishTransactions(transactionIds, signal);
      // A database that never answers must not keep a relay for ever; after the lease others take the rows anyway.
      const published = await withinQuery(leaseMs(wholeRows), 'Publishing a batch', publish);
      // It grew meanwhile: a connection that writes goes on with an id as long as rows of it are here.
      if (!published) {
        await this.#release(claim, '0');
        return { done: [], failed: [], changes: 0, isAll: false };
      }
      // Due at once, what is left would be claimed again before all that came after it, and one node of a Cluster that
      // is away would hold up every tenant.
      if (published.error !== undefined) await this.#release(claim, `${dialect.now} + ${PAUSE_MS}`);
      return published;
    } catch (error) {
      await this.#release(claim, '0').catch(() => undefined);
      throw error;
    }
  }

  /** Nothing is wrong with these rows: they are due again as soon as Redis or the database is back. Those that failed by themselves keep their pause. */
  async #release({ rows }: Claim, due: string): Promise<void> {
    if (rows.length === 0) return;
    const { orm, dialect } = this.#parts;
    const ids = rows.map(row => row.id);
    const sql = `update ${ownTable(orm, 'outbox')} set available_at = ${due} where available_at is not null and attempts = 0 and id in (${placeholders(ids)})`;
    await retryTransaction(orm, dialect, em => runOwn(em, sql, ids, em.getTransactionContext()));
  }
}

function withoutRows(claim: Claim, ids: ReadonlySet<number>): Claim {
  return { ...claim, rows: claim.rows.filter(({ id }) => !ids.has(Number(id))) };
}

/** Its error is seen where it is waited for. */
function withoutUnhandled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}
