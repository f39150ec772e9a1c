import {
  type EntityManager,
  type EntityMetadata,
  type EntityProperty,
  type FilterQuery,
  helper,
  LockMode,
  QueryHelper,
  type Transaction,
  Utils,
} from '@mikro-orm/core';
import { encodeRecordId } from '@tenantry/protocol/wire';
import type { Dialect } from '../database/dialect.ts';
import { fromColumns, toCondition } from '../database/key-form.ts';
import { driverOf } from '../database/own-queries.ts';
import { byPrimaryKey, primaryKeyWhere } from '../database/primary-key.ts';
import { cancelledBy } from '../database/within-query.ts';
import type { ReplicatedEntity } from './replicated-entity.ts';

/** Where rows are locked. Without a transaction (`ctx`), or without `lock`, they are read and not locked. */
export interface LockContext {
  readonly em: EntityManager;
  readonly ctx: Transaction | undefined;
  readonly dialect: Dialect;
  readonly lock?: boolean;
  /** Cancels the query. */
  readonly signal?: AbortSignal;
}

// Rows are locked in the order of their ids, so that two transactions that lock the same rows do not wait for each other.

/**
 * Locks rows and answers with the named properties as the database has them now. What an entity in memory remembers
 * may be what another transaction changed long ago.
 */
export async function lockRows(
  context: LockContext,
  definition: ReplicatedEntity,
  recordIds: readonly string[],
  properties: readonly string[] = [],
): Promise<Map<string, object>> {
  const lock = (ids: string[]) =>
    lockWhere(context, definition, primaryKeyWhere(definition.meta, ids, context.em.getPlatform()), properties);
  const rows = await lock([...recordIds].sort());
  const missing = recordIds.filter(id => !rows.has(id));
  if (missing.length === 0 || rows.size + missing.length === recordIds.length) return rows;
  // The database takes two ids for one where we see two (`a` and `A`): each is asked for by itself.
  const asAsked = new Map(rows);
  for (const id of missing) for (const row of (await lock([id])).values()) asAsked.set(id, row);
  return asAsked;
}

/** The same for the rows that an upsert of these values may hit: those it shares a unique key with. */
export async function findUpserted(
  context: LockContext,
  definition: ReplicatedEntity,
  values: object,
  properties: readonly string[],
): Promise<Map<string, object>> {
  const $or = uniqueKeysOf(definition.meta).flatMap(names => {
    const key = names.map(name => [name, (values as Record<string, unknown>)[name]] as const);
    if (!key.every(([, value]) => value !== undefined && value !== null)) return [];
    return [Object.fromEntries(key.map(([name, value]) => [name, conditionOf(context, definition.meta, name, value)]))];
  });
  if ($or.length === 0) return new Map();
  return lockWhere(context, definition, { $or } as FilterQuery<object>, properties);
}

/** The same for the rows whose many-to-many collection holds one of these entities, or keys. */
export async function lockHolders(
  context: LockContext,
  definition: ReplicatedEntity,
  collection: string,
  held: readonly unknown[],
  properties: readonly string[],
): Promise<Map<string, object>> {
  const property = propertyOf(definition.meta, collection);
  const keys = held.map(each => toCondition(property, keyOf(each), context.em.getPlatform()));
  const where = { [collection]: { $in: keys } } as FilterQuery<object>;
  return lockWhere(context, definition, where, properties);
}

/** The same for the rows that point at one of these entities. */
export async function lockReferring(
  context: LockContext,
  definition: ReplicatedEntity,
  relation: string,
  owners: readonly object[],
  properties: readonly string[],
): Promise<Map<string, object>> {
  // A leaf's own relation cannot be asked for from its root: whatever its collection loses, the leaf's definition has.
  if (!(relation in definition.meta.properties)) return new Map();
  const $or = owners.map(owner => ({ [relation]: conditionOf(context, definition.meta, relation, owner) }));
  return lockWhere(context, definition, { $or } as FilterQuery<object>, properties);
}

/** Locks rows of a many-to-many table that has an entity of its own, and answers with the record ids of those they belong to. */
export async function lockLinked(
  { em, ctx, dialect }: LockContext,
  pivot: EntityMetadata<object>,
  owner: EntityProperty<object>,
  links: readonly object[],
): Promise<string[]> {
  const platform = em.getPlatform();
  const ids = links.map(link => encodeRecordId(Utils.getPrimaryKeyValues(link, pivot).flat(Number.POSITIVE_INFINITY)));
  const rows = await findLocked({ em, ctx, dialect }, pivot, primaryKeyWhere(pivot, ids, platform), [owner.name]);
  return rows.map(row => encodeRecordId([fromColumns(owner, row[owner.name], platform)].flat()));
}

async function lockWhere(
  context: LockContext,
  definition: ReplicatedEntity,
  where: FilterQuery<object>,
  properties: readonly string[],
): Promise<Map<string, object>> {
  // A row that spans tables is ordered by its row in the topmost one alone. Locking the others too would let two
  // transactions, each with one of the tables locked, wait for each other:
  //   tx 1: UPDATE root             lock root, leaf (waits)
  //   tx 2:             UPDATE leaf                         lock root, leaf (waits)
  const { root } = definition.meta;
  const meta = definition.spansTables && properties.every(name => name in root.properties) ? root : definition.meta;
  const fields = [...new Set([...meta.primaryKeys, ...properties])];
  const rows = await findLocked(context, meta, where, fields);
  const read = meta.props.filter(property => fields.includes(property.name));
  for (const row of rows) {
    for (const property of read)
      row[property.name] = fromColumns(property, row[property.name], context.em.getPlatform());
  }
  return new Map(rows.map(row => [definition.recordIdOf(row), row]));
}

/** As a driver gives them. */
async function findLocked(
  { em, ctx, dialect, lock = true, signal }: LockContext,
  meta: EntityMetadata<object>,
  where: FilterQuery<object>,
  fields: readonly string[],
): Promise<Record<string, unknown>[]> {
  // As `em.find` does. The driver's own `find` takes conditions in the form of the columns.
  const condition = QueryHelper.processWhere({
    where,
    entityName: meta.class as never,
    metadata: em.getMetadata(),
    platform: em.getPlatform(),
  }) as FilterQuery<object>;
  const rows = await driverOf(em).find(meta.class, condition, {
    ctx,
    fields: fields as never,
    orderBy: byPrimaryKey(meta) as never,
    connectionType: 'write',
    ...cancelledBy(em.getDriver(), signal, ctx),
    ...(dialect.supportsRowLocks && ctx && lock ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {}),
  });
  return rows as Record<string, unknown>[];
}

function uniqueKeysOf(meta: EntityMetadata<object>): string[][] {
  return [
    meta.primaryKeys,
    ...meta.props.filter(property => property.unique).map(property => [property.name]),
    ...meta.uniques.map(({ properties }) => Utils.asArray(properties as string | string[])),
  ];
}

function conditionOf({ em }: LockContext, meta: EntityMetadata<object>, name: string, value: unknown): unknown {
  return toCondition(propertyOf(meta, name), keyOf(value), em.getPlatform());
}

function propertyOf(meta: EntityMetadata<object>, name: string): EntityProperty<object> {
  return (meta.properties as Record<string, EntityProperty<object>>)[name] as EntityProperty<object>;
}

function keyOf(value: unknown): unknown {
  return Utils.isEntity(value, true) ? helper(value).getPrimaryKey() : value;
}
