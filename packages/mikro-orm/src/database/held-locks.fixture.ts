import { defineConfig } from '@tenantry/protocol';
import { databaseSessions, eventually, testServers } from '@tenantry/testing';
import { expect } from 'vitest';
import { z } from 'zod';
import { type ConfigStore, configStore } from '../config-store/config-store.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openOrm, openSystem, type SystemOptions, type TestORM, type TestSystem } from '../system.fixture.ts';

export const onPostgres = testServers().databaseUrl.startsWith('postgres');
/** How many connections an application may have in these tests. */
const POOL = 4;
const made = (name: string, options: object = {}) =>
  defineConfig({ name, schema: z.string(), databaseTimeout: '500ms', cacheTimeout: '20s', ...options });
export const brief = made('brief');
export const other = made('other');
export const later = made('later', { writePolicy: 'write-back' });
/** Longer than its own transaction takes, and shorter than its publish may. */
export const unhurried = made('unhurried', { databaseTimeout: '4s' });
export const expiring = made('expiring', { databaseTimeout: '20s' });

/** An application whose pool is small. */
export interface Setting extends AsyncDisposable {
  readonly system: TestSystem;
  readonly store: ConfigStore;
  /** Another program on the same database. */
  readonly outside: TestORM;
}

export async function open(options: Partial<SystemOptions> = {}): Promise<Setting> {
  const system = await openSystem({
    sync: [[Plan, plans]],
    // One more, which the look for missing tables may have: it has no budget.
    orm: { pool: { min: 0, max: POOL + 1 } },
    ...options,
    tenantry: { configs: [brief, other, later, unhurried, expiring], ...options.tenantry },
  });
  const outside = await openOrm(system.database, { entities: [Plan] });
  const store = configStore(system.orm);
  const close = async () => {
    await outside.close(true);
    await system[Symbol.asyncDispose]();
  };
  return { system, store, outside, [Symbol.asyncDispose]: close };
}

/** Runs `during` while another connection holds what these statements lock. */
export async function whileHeld(
  outside: TestORM,
  statements: readonly string[],
  during: () => Promise<void>,
): Promise<void> {
  const holder = outside.em.fork();
  await holder.begin();
  try {
    for (const sql of statements) await holder.execute(sql);
    await during();
  } finally {
    if (!onPostgres) await holder.execute('unlock tables');
    await holder.rollback();
  }
}

/** From then on every other connection waits that asks for anything of this table. */
export const holding = (table: string): string[] =>
  onPostgres ? [`lock table ${table} in access exclusive mode`] : [`lock tables ${table} write`];

/** The statements that wait for a lock, of every connection to this database; without the look for missing tables. */
export const waiting = async (outside: TestORM): Promise<string[]> => {
  const statements = await (onPostgres ? lockedOnPostgres : underWay)(outside);
  return statements.filter(statement => !statement.includes('where 1 = 0'));
};

async function lockedOnPostgres(outside: TestORM): Promise<string[]> {
  const waits = "datname = current_database() and wait_event_type = 'Lock'";
  const rows = await outside.em
    .fork()
    .execute<{ query: string }[]>(`select query from pg_stat_activity where ${waits}`);
  return rows.map(({ query }) => query);
}

async function underWay(outside: TestORM): Promise<string[]> {
  const all = await databaseSessions(sql => outside.em.fork().execute<unknown[]>(sql));
  const { dbName } = outside.config.getAll();
  return all.flatMap(({ db, Command, Info }) => (db === dbName && Command === 'Query' && Info !== null ? [Info] : []));
}

/** Nothing of it waits in the database any more, and all connections of the pool can be had at once. */
export async function expectNoTrace({ system, outside }: Setting): Promise<void> {
  await eventually(async () => expect(await waiting(outside)).toEqual([]));
  const all = Array.from({ length: POOL }, async () => {
    const em = system.em();
    await em.begin();
    return em;
  });
  for (const em of await Promise.all(all)) await em.rollback();
}
