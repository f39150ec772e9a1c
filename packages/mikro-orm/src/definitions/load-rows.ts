import { DriverException, type EntityManager } from '@mikro-orm/core';
import { cancellingOf } from '../database/internal-fork.ts';
import { selectOwn } from '../database/own-queries.ts';
import { NeedsEntity } from '../database/plain-rows.ts';
import { primaryKeyWhere } from '../database/primary-key.ts';
import type { ReplicatedDefinition } from './replicated-definition.ts';

/** A row, with its id as the row itself spells it, or the reason why it cannot be read. */
export type LoadedRow =
  | { readonly recordId: string; readonly row: object; readonly error?: undefined }
  | { readonly error: unknown };

/**
 * Reads rows as they are now, from the primary, without the application's filters, in the transaction of this entity manager.
 * Answers with each under the id it was asked for by. A row that cannot be read (a custom type that throws) does not hide the others;
 * an error of the database is thrown.
 */
export async function loadRows(
  em: EntityManager,
  definition: ReplicatedDefinition,
  recordIds: readonly string[],
): Promise<Map<string, LoadedRow>> {
  const loaded = new Map<string, LoadedRow>();
  if (recordIds.length > 1) {
    const found = await findRows(em, definition, recordIds).catch(ofTheRow(em));
    if (!(found instanceof Map)) return loadEach(em, definition, recordIds);
    const asked = new Set(recordIds);
    for (const [recordId, row] of found) if (asked.has(recordId)) loaded.set(recordId, { recordId, row });
    if (loaded.size === found.size) return loaded;
  }
  // The database takes two ids for one where we see two (`a` and `A`): each is asked for by itself.
  const missing = recordIds.filter(id => !loaded.has(id));
  return new Map([...loaded, ...(await loadEach(em, definition, missing))]);
}

/** An expression that is read in the same statement as rows, with its parameters. It knows nothing of the rows. */
export interface ReadBeside {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/**
 * The same in one statement with something else, so that both are of one moment. Undefined where these rows cannot be read so.
 * The row of `bringer`, one of the ids, brings the value of the expression: what every row has would travel with each of them. There is no
 * value (`undefined`) where that row is not there.
 */
export async function loadRowsWith(
  em: EntityManager,
  definition: ReplicatedDefinition,
  recordIds: readonly string[],
  beside: ReadBeside,
  bringer: string,
): Promise<{ readonly rows: Map<string, LoadedRow>; readonly beside: unknown } | undefined> {
  const found = await findPlainRows(em, definition, recordIds, { ...beside, bringer }).catch(ofTheRow(em));
  // A row that cannot be read must not hide the others.
  if (!found || 'error' in found) return undefined;
  const loaded = new Map<string, LoadedRow>();
  const asked = new Set(recordIds);
  for (const [recordId, row] of found.rows) {
    const id = recordIds.length === 1 ? (recordIds[0] as string) : recordId;
    // The database takes two ids for one where we see two: each must be asked for by itself.
    if (!asked.has(id)) return undefined;
    loaded.set(id, { recordId, row });
  }
  return { rows: loaded, beside: found.beside };
}

async function loadEach(
  em: EntityManager,
  definition: ReplicatedDefinition,
  recordIds: readonly string[],
): Promise<Map<string, LoadedRow>> {
  const loaded = new Map<string, LoadedRow>();
  for (const id of recordIds) {
    const found = await findRows(em, definition, [id]).catch(ofTheRow(em));
    if (!(found instanceof Map)) loaded.set(id, found);
    else for (const [recordId, row] of found) loaded.set(id, { recordId, row });
  }
  return loaded;
}

/** The database's own trouble, or the end of the budget, is no row's fault: it must not use up any row's attempts. */
function ofTheRow(em: EntityManager): (error: unknown) => { readonly error: unknown } {
  return error => {
    if (error instanceof DriverException || cancellingOf(em)?.signal.aborted) throw error;
    return { error };
  };
}

async function findRows(
  em: EntityManager,
  definition: ReplicatedDefinition,
  recordIds: readonly string[],
): Promise<Map<string, object>> {
  const plain = await findPlainRows(em, definition, recordIds);
  if (plain) return plain.rows;
  // Each definition in a memory of its own: one that selects less of the same entity would hide the rest from the other.
  const memory = em.fork({ keepTransactionContext: true });
  const rows = await definition.findRows(memory, primaryKeyWhere(definition.meta, recordIds, em.getPlatform()));
  return new Map(rows.map(row => [definition.recordIdOf(row), row]));
}

const BESIDE = 'tenantry_beside';

/** Undefined where only entities show these rows. */
async function findPlainRows(
  em: EntityManager,
  definition: ReplicatedDefinition,
  recordIds: readonly string[],
  beside?: ReadBeside & { readonly bringer: string },
): Promise<{ readonly rows: Map<string, object>; readonly beside: unknown } | undefined> {
  const plain = definition.plainRows(em);
  const where = plain?.where(recordIds);
  const bringer = beside && recordIds.length > 1 ? plain?.where([beside.bringer]) : undefined;
  if (!plain || !where) return undefined;
  const whole = beside ? `(${beside.sql})` : '';
  const value = bringer ? `case when ${bringer.sql} then ${whole} end` : whole;
  const more = beside ? `, ${value} as ${BESIDE}` : '';
  const sql = `select ${plain.columns}${more} from ${plain.table} where ${where.sql}`;
  const params = [...(bringer?.params ?? []), ...(beside?.params ?? []), ...where.params];
  const raw = await selectOwn<Record<string, unknown>>(em, sql, params, em.getTransactionContext());
  try {
    const rows = raw.map(each => plain.read(each));
    return { rows: new Map(rows.map(row => [definition.recordIdOf(row), row])), beside: valueBeside(raw) };
  } catch (error) {
    if (error instanceof NeedsEntity) return undefined;
    throw error;
  }
}

function valueBeside(raw: readonly Record<string, unknown>[]): unknown {
  return raw.find(row => row[BESIDE] !== null && row[BESIDE] !== undefined)?.[BESIDE];
}
