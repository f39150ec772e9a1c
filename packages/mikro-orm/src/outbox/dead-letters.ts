import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { TenantryError } from '@tenantry/protocol';
import { type Dialect, placeholders } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { deleteOwn, findOwn, runOwn, updateOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { Outbox } from '../tables/outbox.ts';
import { definitionOf, recordIdsOf } from './record-list.ts';

/** A change that was given up on after several attempts. The row it names was not hurt. */
export interface DeadRow {
  readonly id: number;
  readonly definition: string;
  readonly recordId: string;
  readonly tenant: string | null;
  readonly error: string;
  readonly attempts: number;
  readonly createdAt: Date;
}

const BACKOFF_MS = { first: 1_000, last: 60_000 };
const ERROR_LENGTH = 1_000;

/** Outbox rows that failed by themselves: later tries, then dead until someone decides. */
export class OutboxDeadLetters {
  readonly #orm: MikroORM;
  readonly #dialect: Dialect;
  readonly #maxAttempts: number;

  constructor(orm: MikroORM, dialect: Dialect, maxAttempts: number) {
    this.#orm = orm;
    this.#dialect = dialect;
    this.#maxAttempts = maxAttempts;
  }

  /**
   * Counts a failed attempt. Answers how many there were, and whether the rows are dead now; nothing where somebody else gave up
   * on them meanwhile. A lease does not prevent that, since a fill publishes what waits, whoever has it:
   *
   *   relay: reads the row                                 fails: it is dead already
   *   fill:                 reads the row  fails: dead
   */
  async recordFailure(
    outboxIds: readonly number[],
    failure: TenantryError,
  ): Promise<{ attempts: number; dead: boolean } | undefined> {
    const rows = await findOwn(
      internalFork(this.#orm),
      Outbox,
      { id: { $in: [...outboxIds] } },
      { fields: ['attempts', 'availableAt'] },
    );
    if (rows.length > 0 && rows.every(row => row.availableAt === null)) return undefined;
    const attempts = Math.max(0, ...rows.map(row => row.attempts)) + 1;
    const dead = attempts >= this.#maxAttempts;
    const delay = Math.min(BACKOFF_MS.last, BACKOFF_MS.first * 2 ** (attempts - 1));
    const text = `${failure.code}: ${failure.message}`.slice(0, ERROR_LENGTH);
    const sql = `update ${ownTable(this.#orm, 'outbox')} set attempts = ?, last_error = ?, available_at = ${dead ? 'null' : `${this.#dialect.now} + ?`} where available_at is not null and id in (${placeholders(outboxIds)})`;
    const params = [attempts, text, ...(dead ? [] : [delay]), ...outboxIds];
    await this.#retried(em => runOwn(em, sql, params, em.getTransactionContext()));
    return { attempts, dead };
  }

  async list(limit: number, signal?: AbortSignal): Promise<DeadRow[]> {
    const oldest = { orderBy: { id: 'asc' }, limit };
    const rows = await findOwn(internalFork(this.#orm, signal), Outbox, { availableAt: null }, oldest);
    return rows.map(row => ({
      id: Number(row.id),
      definition: definitionOf(row),
      // One: whoever gives up on a record of a list takes it out of it first.
      recordId: recordIdsOf(row).join(' '),
      tenant: row.tenant,
      error: row.lastError ?? '',
      attempts: row.attempts,
      createdAt: new Date(Number(row.createdAt)),
    }));
  }

  /** Gives dead rows to the relay again; all of them without ids. Answers how many. */
  async retry(ids?: readonly number[], signal?: AbortSignal): Promise<number> {
    return this.#retried(em => updateOwn(em, Outbox, deadWhere(ids), { availableAt: 0, attempts: 0 }), signal);
  }

  /** Forgets dead rows; all of them without ids. Redis keeps what it had of their records. Answers how many. */
  async discard(ids?: readonly number[], signal?: AbortSignal): Promise<number> {
    return this.#retried(em => deleteOwn(em, Outbox, deadWhere(ids)), signal);
  }

  #retried<T>(work: (em: EntityManager) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return retryTransaction(this.#orm, this.#dialect, work, signal);
  }
}

function deadWhere(ids: readonly number[] | undefined) {
  return ids ? { availableAt: null, id: { $in: [...ids] } } : { availableAt: null };
}
