import {
  type EntityManager,
  type EntityMetadata,
  type EntitySchema,
  type FilterQuery,
  type FindOptions,
  FlushMode,
  type IDatabaseDriver,
  LoadStrategy,
  type LockMode,
  PopulateHint,
  QueryHelper,
  type QueryResult,
  type Transaction,
} from '@mikro-orm/core';
import { refuseClosed } from './connection-state.ts';
import { cancellingOf } from './internal-fork.ts';
import { orMissingTable } from './missing-table-error.ts';
import { type CancelOptions, cancelledBy } from './within-query.ts';

// Options of the application are about the application's queries. A filter would hide rows from readers, a result cache would give
// them old ones, `populateWhere` a part of a collection. Everything that we ask goes through this file, past all of them.

/** Which rows, in which order, how many. */
export interface OwnFindOptions {
  readonly fields?: readonly string[] | undefined;
  readonly orderBy?: object | undefined;
  readonly limit?: number | undefined;
  readonly lockMode?: LockMode | undefined;
  /** Cancels the query, where the entity manager is not a fork of ours that has one. */
  readonly signal?: AbortSignal | undefined;
}

/** Where a query of ours runs: in the transaction of this entity manager, where it has one. */
type Where = Pick<EntityManager, 'getDriver'> & { getTransactionContext(): Transaction | undefined };

/** Each is the default of MikroORM, said so that the ORM's configuration cannot say otherwise. */
const PAST_OPTIONS = {
  filters: false,
  cache: false,
  populateWhere: PopulateHint.ALL,
  populateFilter: undefined,
  strategy: LoadStrategy.BALANCED,
  disableIdentityMap: false,
  flushMode: FlushMode.COMMIT,
  connectionType: 'write',
} as const;

/** Rows of an entity of the application, as entities: from the primary. */
export async function findEntities(
  em: EntityManager,
  meta: EntityMetadata<object>,
  where: object,
  options: FindOptions<object, never, never, never>,
): Promise<object[]> {
  refuseClosed(em.getConnection('write'));
  return em.find(meta.class, where as FilterQuery<object>, { ...options, ...PAST_OPTIONS } as never);
}

/**
 * The same as plain data under the names of their properties, as the driver maps columns. Under a condition on a collection each row comes
 * once only with a `limit`.
 */
export async function findMapped(
  em: EntityManager,
  meta: EntityMetadata<object>,
  where: object,
  options: OwnFindOptions,
): Promise<object[]> {
  // As `em.find` does. The driver's own `find` takes conditions in the form of the columns.
  const condition = QueryHelper.processWhere({
    where: where as FilterQuery<object>,
    entityName: meta.class as never,
    metadata: em.getMetadata(),
    platform: em.getPlatform(),
  });
  const all = { ...options, ...placeOf(em), connectionType: 'write' };
  return driverOf(em).find(meta.class, condition as never, all as never);
}

// Our own tables: the driver knows neither filters nor caches nor an entity manager's schema, and makes no entities, so null is null.

/** Rows of a table of ours, as plain data: from the primary. */
export async function findOwn<Row extends object>(
  em: Where,
  table: EntitySchema<Row>,
  where: object,
  { signal, ...options }: OwnFindOptions = {},
): Promise<Row[]> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all = { ...given, ...placeOf(em, signal), connectionType: 'write' };
  return orMissingTable(driverOf(em).find(table as never, where as never, all as never)) as unknown as Promise<Row[]>;
}

/** How many rows of a table of ours there are. */
export async function countOwn<Row extends object>(
  em: Where,
  table: EntitySchema<Row>,
  where: object,
): Promise<number> {
  const options = { ...placeOf(em), connectionType: 'write' };
  return Number(await orMissingTable(driverOf(em).count(table as never, where as never, options as never)));
}

/** Changes rows of a table of ours and answers how many. */
export async function updateOwn<Row extends object>(
  em: Where,
  table: EntitySchema<Row>,
  where: object,
  values: Partial<Row>,
): Promise<number> {
  const options = placeOf(em);
  const updating = driverOf(em).nativeUpdate(table as never, where as never, values as never, options as never);
  const result = await orMissingTable(updating);
  return result.affectedRows;
}

/** Inserts a row into a table of ours; where one has the same key, `merged` of it are changed. */
export async function upsertOwn<Row extends object>(
  em: Where,
  table: EntitySchema<Row>,
  row: Row,
  key: keyof Row & string,
  merged: readonly (keyof Row & string)[],
): Promise<void> {
  const conflict = { upsert: true, onConflictFields: [key], onConflictMergeFields: [...merged] };
  const options = { ...conflict, ...placeOf(em) };
  const where = { [key]: row[key] };
  await orMissingTable(driverOf(em).nativeUpdate(table as never, where as never, row as never, options as never));
}

/** Deletes rows of a table of ours and answers how many. */
export async function deleteOwn<Row extends object>(
  em: Where,
  table: EntitySchema<Row>,
  where: object,
): Promise<number> {
  const options = placeOf(em);
  const result = await orMissingTable(driverOf(em).nativeDelete(table as never, where as never, options as never));
  return result.affectedRows;
}

/** Rows of our tables or of the application's, by SQL that is written by hand. */
export async function selectOwn<Row>(
  em: Pick<EntityManager, 'getConnection' | 'getDriver'>,
  sql: string,
  params: readonly unknown[] = [],
  ctx?: Transaction,
  signal?: AbortSignal,
): Promise<Row[]> {
  const connection = em.getConnection('write');
  refuseClosed(connection);
  // The connections of databases with SQL take them beside what is logged.
  const cancelling = [cancelledBy(em.getDriver(), signal, ctx) ?? cancellingOf(em)] as unknown as [];
  return asDriverSays(em, connection.execute(sql, [...params], 'all', ctx, ...cancelling)) as Promise<Row[]>;
}

/** Changes rows of our tables, by SQL that is written by hand. */
export async function runOwn(
  em: Pick<EntityManager, 'getConnection' | 'getDriver'>,
  sql: string,
  params: readonly unknown[],
  ctx: Transaction | undefined,
): Promise<QueryResult> {
  const connection = em.getConnection('write');
  refuseClosed(connection);
  const cancelling = [cancellingOf(em)] as unknown as [];
  return asDriverSays(em, connection.execute(sql, [...params], 'run', ctx, ...cancelling)) as Promise<QueryResult>;
}

/** With the errors of the driver's own methods: a connection passes on what the database says. */
function asDriverSays<T>(em: Pick<EntityManager, 'getDriver'>, running: Promise<T>): Promise<T> {
  return orMissingTable(running.catch(error => Promise.reject(em.getDriver().convertException(error as Error))));
}

/** Where a query of ours runs and what cancels it, as the driver's methods take it. */
export function placeOf(
  em: Where,
  signal?: AbortSignal,
): { readonly ctx: Transaction | undefined } & Partial<CancelOptions> {
  const ctx = em.getTransactionContext();
  return { ctx, ...(cancelledBy(em.getDriver(), signal, ctx) ?? cancellingOf(em)) };
}

/** The driver, for what no function here says. Throws `CLOSED`, as every query of ours must: in the middle of a transaction, too. */
export function driverOf(em: Pick<EntityManager, 'getDriver'>): IDatabaseDriver {
  const driver = em.getDriver();
  refuseClosed(driver.getConnection('write'));
  return driver;
}
