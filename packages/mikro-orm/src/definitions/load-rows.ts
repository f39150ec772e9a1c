import { DriverException, type EntityManager } from '@mikro-orm/core';
import { cancellingOf } from '../database/internal-fork.ts';
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
  // Each definition in a memory of its own: one that selects less of the same entity would hide the rest from the other.
  const memory = em.fork({ keepTransactionContext: true });
  const rows = await definition.findRows(memory, primaryKeyWhere(definition.meta, recordIds, em.getPlatform()));
  return new Map(rows.map(row => [definition.recordIdOf(row), row]));
}
