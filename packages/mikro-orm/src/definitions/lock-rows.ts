import {
  type EntityManager,
  type EntityMetadata,
  type FilterQuery,
  helper,
  LockMode,
  type Transaction,
  Utils,
} from '@mikro-orm/core';
import type { Dialect } from '../database/dialect.ts';
import { byPrimaryKey, primaryKeyWhere } from '../database/primary-key.ts';
import type { ReplicatedEntity } from './replicated-entity.ts';

/** Where rows are locked. Without a transaction (`ctx`), they are read and not locked. */
export interface LockContext {
  readonly em: EntityManager;
  readonly ctx: Transaction | undefined;
  readonly dialect: Dialect;
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
  const lock = (ids: string[]) => lockWhere(context, definition, primaryKeyWhere(definition.meta, ids), properties);
  const rows = await lock([...recordIds].sort());
  const missing = recordIds.filter(id => !rows.has(id));
  if (missing.length === 0 || rows.size + missing.length === recordIds.length) return rows;
  // The database takes two ids for one where we see two (`a` and `A`): each is asked for by itself.
  const asAsked = new Map(rows);
  for (const id of missing) for (const row of (await lock([id])).values()) asAsked.set(id, row);
  return asAsked;
}

/** The same for the rows that an upsert of these values may hit: those it shares a unique key with. */
export async function lockUpserted(
  context: LockContext,
  definition: ReplicatedEntity,
  values: object,
  properties: readonly string[],
): Promise<Map<string, object>> {
  const $or = uniqueKeysOf(definition.meta).flatMap(names => {
    const key = names.map(name => [name, keyOf((values as Record<string, unknown>)[name])] as const);
    return key.every(([, value]) => value !== undefined && value !== null) ? [Object.fromEntries(key)] : [];
  });
  if ($or.length === 0) return new Map();
  return lockWhere(context, definition, { $or } as FilterQuery<object>, properties);
}

/** The same for the rows whose many-to-many collection holds one of these entities. */
export async function lockHolders(
  context: LockContext,
  definition: ReplicatedEntity,
  collection: string,
  held: readonly object[],
  properties: readonly string[],
): Promise<Map<string, object>> {
  const where = { [collection]: { $in: held.map(keyOf) } } as FilterQuery<object>;
  return lockWhere(context, definition, where, properties);
}

async function lockWhere(
  { em, ctx, dialect }: LockContext,
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
  const rows = await em.getDriver().find(meta.class, where, {
    ctx,
    fields: fields as never,
    orderBy: byPrimaryKey(meta) as never,
    connectionType: 'write',
    ...(dialect.supportsRowLocks && ctx ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {}),
  });
  // A driver's row has a custom type's value as the database keeps it.
  const custom = meta.props.filter(property => property.customType && fields.includes(property.name));
  for (const row of rows as Record<string, unknown>[]) {
    for (const { name, customType } of custom) row[name] = customType?.convertToJSValue(row[name], em.getPlatform());
  }
  return new Map(rows.map(row => [definition.recordIdOf(row), row]));
}

function uniqueKeysOf(meta: EntityMetadata<object>): string[][] {
  return [
    meta.primaryKeys,
    ...meta.props.filter(property => property.unique).map(property => [property.name]),
    ...meta.uniques.map(({ properties }) => Utils.asArray(properties as string | string[])),
  ];
}

function keyOf(value: unknown): unknown {
  return Utils.isEntity(value, true) ? helper(value).getPrimaryKey() : value;
}
