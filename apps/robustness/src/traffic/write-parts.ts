import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { SeededRandom } from '@tenantry/testing';
import type { Pool } from 'mysql2/promise';
import type { OpenShapes } from '../drawn/shape-entities.ts';
import type { ConfigName } from './definitions.ts';

/** Thrown where a transaction is to be rolled back. */
export const UNDO = new Error('rolled back as asked for');

export interface WriteParts {
  readonly orm: MikroORM;
  readonly shapes: OpenShapes;
  readonly random: SeededRandom;
  /** Connections of a program that knows neither the ORM nor us. */
  readonly otherProgram: Pool;
  /** Names this write; what is in a savepoint gets another name. */
  readonly stamp: string;
  attempted(tenant: string, config: ConfigName): Promise<void>;
  acknowledged(tenant: string, config: ConfigName, version: number): void;
}

/** The world's global filter, where it has one, hides every row from whoever does not ask for all. */
export const ALL = Object.freeze({ filters: false });

/** What a kind of write is called, how many of a hundred are of it, and what it does. */
export type KindOfWrite = readonly [name: string, weight: number, write: (parts: WriteParts) => Promise<void>];

export async function inTransaction({ orm }: WriteParts, work: (em: EntityManager) => Promise<void>): Promise<void> {
  await orm.em.fork().transactional(work);
}

/** The record's next number, and the line that says it was committed, both in the open transaction. */
export async function draw(em: EntityManager, record: string, stamp: string): Promise<number> {
  const run = (sql: string, params: unknown[]): Promise<{ insertId: number | bigint }> =>
    em.getConnection('write').execute(sql, params, 'run', em.getTransactionContext()) as never;
  const { insertId } = await run(
    'insert into counter (record, n) values (?, last_insert_id(1)) on duplicate key update n = last_insert_id(n + 1)',
    [record],
  );
  await run('insert into ledger (stamp, record, n) values (?, ?, ?)', [stamp, record, Number(insertId)]);
  return Number(insertId);
}
