import type { MikroORM } from '@mikro-orm/core';
import { internalFork } from '../database/internal-fork.ts';
import { countOwn, findOwn, selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { notDead, Outbox } from '../tables/outbox.ts';
import { isList, recordsOf } from './record-list.ts';

/** How many changes wait to be published, and how many were given up on. */
export async function countBacklog(
  orm: MikroORM,
  sources: readonly string[],
  signal?: AbortSignal,
): Promise<{ waiting: number; dead: number }> {
  const em = internalFork(orm, signal);
  const [rows, dead] = [await countOwn(em, Outbox, notDead()), await countOwn(em, Outbox, { availableAt: null })];
  const definition = { $in: sources.filter(source => isList({ definition: source })) };
  const lists = await findOwn(em, Outbox, { definition, ...notDead() }, { fields: ['definition', 'recordId'] });
  return { waiting: rows + lists.reduce((sum, list) => sum + recordsOf(list) - 1, 0), dead };
}

/** When the row that waits longest was inserted, by the clock of its writer. The rows are in the order of the primary key. */
export async function oldestWaiting(orm: MikroORM, signal?: AbortSignal): Promise<Date | undefined> {
  const oldest = `select created_at as at from ${ownTable(orm, 'outbox')} where available_at is not null order by id limit 1`;
  const [row] = await selectOwn<{ at: number | string }>(internalFork(orm, signal), oldest);
  return row && new Date(Number(row.at));
}
