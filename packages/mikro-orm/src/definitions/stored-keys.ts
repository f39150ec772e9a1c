import type { EntityMetadata } from '@mikro-orm/core';
import { fromColumns, scalarsOf } from '../database/key-form.ts';
import { selectOwn } from '../database/own-queries.ts';
import { type KeyPart, keyPartsOf } from '../database/primary-key.ts';
import { castOf, mayBeKeptOtherwise, neverKeptOtherwise } from '../database/stored-value.ts';
import { type LockContext, lockRows } from './lock-rows.ts';
import type { ReplicatedEntity } from './replicated-entity.ts';

/** What became of keys that were just written. */
export interface StoredKeys {
  /** The record ids as the database spells them. */
  readonly stored: readonly string[];
  /** Of those that were written, the ones whose row cannot be found again. */
  readonly lost: readonly string[];
}

const safe = new WeakMap<ReplicatedEntity, boolean>();

/**
 * Of the record ids that a transaction has just written, those that the database may keep otherwise than they were assigned: a
 * date with milliseconds in a column without a fraction, text with blanks at its end in a `char`, a decimal without its zeros.
 * Nearly all keys are whole numbers or text of a varying length, and not even looked at.
 */
export function doubtfulKeys({ em }: LockContext, definition: ReplicatedEntity, recordIds: Iterable<string>): string[] {
  let isSafe = safe.get(definition);
  if (isSafe === undefined) {
    isSafe = definition.meta.getPrimaryProps().flatMap(scalarsOf).every(neverKeptOtherwise);
    safe.set(definition, isSafe);
  }
  if (isSafe) return [];
  const parts = (recordId: string) => keyPartsOf(definition.meta, recordId, em.getPlatform());
  return [...recordIds].filter(id => parts(id).some(({ property, value }) => mayBeKeptOtherwise(property, value)));
}

/** Finds the rows that were just written with these keys, in their transaction. */
export async function findStoredKeys(
  context: LockContext,
  definition: ReplicatedEntity,
  recordIds: readonly string[],
): Promise<StoredKeys> {
  const together = await readStored(context, definition, recordIds);
  const found = new Map<string, readonly string[]>();
  if (together.length === recordIds.length) return confirm(context, definition, together, []);
  for (const id of recordIds) found.set(id, await readStored(context, definition, [id]));
  const lost = recordIds.filter(id => found.get(id)?.length === 0);
  return confirm(context, definition, [...found.values()].flat(), lost);
}

/** Publishing asks for a row by the id that is found now. What even that does not find is lost. */
async function confirm(
  context: LockContext,
  definition: ReplicatedEntity,
  stored: readonly string[],
  lost: readonly string[],
): Promise<StoredKeys> {
  const again = stored.length === 0 ? new Map() : await lockRows(context, definition, stored);
  return { stored: stored.filter(id => again.has(id)), lost: [...lost, ...stored.filter(id => !again.has(id))] };
}

async function readStored(
  { em, ctx, dialect }: LockContext,
  definition: ReplicatedEntity,
  recordIds: readonly string[],
): Promise<string[]> {
  const { meta } = definition;
  const platform = em.getPlatform();
  const quote = (name: string) => platform.quoteIdentifier(name);
  const columns = meta.getPrimaryProps().flatMap(property => property.fieldNames);
  const keys = recordIds.map(id => keyPartsOf(meta, id, platform));
  const same = ({ column, property, value }: KeyPart) => `${quote(column)} = ${castOf(property, value, dialect).sql}`;
  const where = keys.map(parts => `(${parts.map(same).join(' and ')})`).join(' or ');
  const values = keys.flat().map(({ property, value }) => castOf(property, value, dialect).value);
  const table = (meta.schema && meta.schema !== '*' ? `${quote(meta.schema)}.` : '') + quote(meta.tableName);
  const sql = `select ${columns.map(quote).join(', ')} from ${table} where ${where}`;
  const rows = await selectOwn<object>(em, sql, values, ctx);
  return rows.map(row => definition.recordIdOf(readKey(meta, row, em)));
}

function readKey(meta: EntityMetadata<object>, raw: object, em: LockContext['em']): object {
  const row = em.getDriver().mapResult(raw as never, meta) as Record<string, unknown>;
  return Object.fromEntries(
    meta
      .getPrimaryProps()
      .map(property => [property.name, fromColumns(property, row[property.name], em.getPlatform())]),
  );
}
