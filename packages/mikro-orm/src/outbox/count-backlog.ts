import type { MikroORM } from '@mikro-orm/core';
import { internalFork } from '../database/internal-fork.ts';
import { countOwn, findOwn } from '../database/own-queries.ts';
import { notDead, Outbox } from '../tables/outbox.ts';
import { isList, recordsOf } from './record-list.ts';

/** How many changes wait to be published, and how many were given up on. */
export async function countBacklog(
  orm: MikroORM,
  sources: readonly string[],
): Promise<{ waiting: number; dead: number }> {
  const em = internalFork(orm);
  const [rows, dead] = [await countOwn(em, Outbox, notDead()), await countOwn(em, Outbox, { availableAt: null })];
  const definition = { $in: sources.filter(source => isList({ definition: source })) };
  const lists = await findOwn(em, Outbox, { definition, ...notDead() }, { fields: ['definition', 'recordId'] });
  return { waiting: rows + lists.reduce((sum, list) => sum + recordsOf(list) - 1, 0), dead };
}
