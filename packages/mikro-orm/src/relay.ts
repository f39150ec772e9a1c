import { IsolationLevel, type MikroORM } from '@mikro-orm/core';
import { within } from '@tenantry/redis';
import { deleteOutboxRows } from './acknowledger.ts';
import type { Dialect } from './dialect.ts';
import { ownWork } from './own-work.ts';
import type { PublishedRows, Publisher } from './publisher.ts';

/** What one run of the relay did. */
export interface RelayResult {
  /** Outbox rows that are in Redis now and are gone from the outbox. */
  readonly published: number;
  /** Due rows are left: run again at once. */
  readonly more: boolean;
}

/** What the relay works with. */
export interface RelayParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly publisher: Publisher;
  readonly graceMs: number;
  readonly batchSize: number;
  /** Names of the sources this process knows; rows of others are left to the processes that do. */
  sources(): readonly string[];
}

// A relay that dies keeps its rows to itself for so long.
const LEASE_MS = 10_000;
const BATCHES_PER_RUN = 20;
// How long the changes of a tenant wait whose part of Redis did not take them.
const PAUSE_MS = 1_000;

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
    const highest = await this.#oldEnough();
    let published = 0;
    let more = false;
    let error: unknown;
    for (let i = 0; i < BATCHES_PER_RUN; i++) {
      const claimed = highest === 0 ? [] : await this.#claim(highest);
      more = claimed.length === this.#parts.batchSize;
      if (claimed.length === 0) break;
      const batch = await this.#publish(claimed);
      published += batch.done.length;
      error ??= batch.error;
      if (!more || (batch.error !== undefined && batch.done.length === 0)) break;
    }
    if (error !== undefined) throw error;
    return { published, more };
  }

  /** The highest id that was there a grace ago; 0 while that is not known. */
  async #oldEnough(): Promise<number> {
    const { orm, graceMs } = this.#parts;
    const [row] = await orm.em.fork().getConnection('write').execute('select max(id) as id from tenantry_outbox');
    const now = performance.now();
    this.#seen.push({ at: now, id: Number(row?.id ?? 0) });
    while (this.#seen.length > 1 && (this.#seen[1] as { at: number }).at <= now - graceMs) this.#seen.shift();
    const oldest = this.#seen[0];
    return oldest && oldest.at <= now - graceMs ? oldest.id : 0;
  }

  /** Short, at READ COMMITTED: at the default level the claim would block users' inserts into the outbox. */
  async #claim(highest: number): Promise<ClaimedRow[]> {
    const { orm, dialect, batchSize } = this.#parts;
    const sources = this.#parts.sources();
    if (sources.length === 0) return [];
    return ownWork(orm).transactional(
      async em => {
        const run = (sql: string, params: unknown[]) =>
          em.getConnection('write').execute(sql, params, 'all', em.getTransactionContext());
        const rows: ClaimedRow[] = await run(
          `select id, transaction_id from tenantry_outbox where id <= ? and available_at <= ${dialect.now} and source in (${marks(sources)}) order by id limit ?${dialect.skipLocked}`,
          [highest, ...sources, batchSize],
        );
        if (rows.length > 0) {
          const ids = rows.map(row => row.id);
          await run(`update tenantry_outbox set available_at = ${dialect.now} + ? where id in (${marks(ids)})`, [
            LEASE_MS,
            ...ids,
          ]);
        }
        return rows;
      },
      dialect.supportsRowLocks ? { isolationLevel: IsolationLevel.READ_COMMITTED } : {},
    );
  }

  async #publish(claimed: ClaimedRow[]): Promise<PublishedRows> {
    const { orm, dialect, publisher } = this.#parts;
    try {
      const transactionIds = [...new Set(claimed.map(row => row.transaction_id))];
      // A Redis that never answers must not keep a relay for ever; after the lease others take the rows anyway.
      const published = await within(LEASE_MS, 'Publishing a batch', publisher.publishTransactions(transactionIds));
      const ids = [...published.done].sort((a, b) => a - b);
      if (ids.length > 0) await deleteOutboxRows(orm, dialect, ids);
      // Due at once, what is left would be claimed again before all that came after it, and one node of a Cluster that
      // is away would hold up every tenant.
      if (published.error !== undefined) await this.#release(claimed, `${dialect.now} + ${PAUSE_MS}`);
      return published;
    } catch (error) {
      await this.#release(claimed, '0').catch(() => undefined);
      throw error;
    }
  }

  /** Nothing is wrong with these rows: they are due again as soon as Redis or the database is back. Those that failed by themselves keep their pause. */
  async #release(claimed: ClaimedRow[], due: string): Promise<void> {
    const ids = claimed.map(row => row.id);
    await this.#parts.orm.em
      .fork()
      .getConnection('write')
      .execute(
        `update tenantry_outbox set available_at = ${due} where available_at is not null and attempts = 0 and id in (${marks(ids)})`,
        ids,
        'run',
      );
  }
}

interface ClaimedRow {
  readonly id: number | string;
  readonly transaction_id: string;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
