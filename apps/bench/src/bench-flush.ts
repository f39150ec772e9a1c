import type { EntitySchema, MikroORM } from '@mikro-orm/core';
import { replication } from '@tenantry/mikro-orm';
import { freshDatabase } from '@tenantry/testing';
import type { BenchContext } from './bench-context.ts';
import { Bare, newRow, openApp, type SettingsRow, Synced } from './benched-app.ts';
import { type Figure, inTurns, ms, timeOf } from './measure.ts';

const BUDGETS = {
  outbox: { 1: 1.25, 100: 1.25, 1000: 1.15 },
  published: { 1: 2, 100: 1.8, 1000: 1.6 },
} as const;

/** What replication adds to a flush: the outbox alone, and publishing before the flush returns; captured by hooks and by triggers. */
export async function benchFlush({ databaseUrl, redis, prefix }: BenchContext): Promise<Figure[]> {
  const bare = await openApp(databaseUrl);
  // In a database of its own: what it leaves in the outbox must not concern the one that publishes.
  await using other = await freshDatabase();
  const outbox = await openApp(other.url, { redis, prefix, publishTimeoutMs: 0 });
  await outbox.schema.create();
  const published = await openApp(databaseUrl, { redis, prefix, publishTimeoutMs: 10_000 });
  // Triggers belong to a database, whoever writes to it.
  await using quiet = await freshDatabase();
  await using loud = await freshDatabase();
  const byTriggers = { redis, prefix: `${prefix}t`, capture: 'trigger' } as const;
  const triggers = await openApp(quiet.url, { ...byTriggers, publishTimeoutMs: 0 });
  const publishedTriggers = await openApp(loud.url, { ...byTriggers, publishTimeoutMs: 10_000 });
  await triggers.schema.create();
  await publishedTriggers.schema.create();
  const figures: Figure[] = [];
  for (const rows of [1, 100, 1000] as const) {
    for (const op of ['create', 'update'] as const) {
      const rounds = rows === 1 ? 200 : rows === 100 ? 60 : 20;
      const flushes = [
        flushOf(bare, Bare, rows, op),
        flushOf(outbox, Synced, rows, op, () => outbox.em.getConnection().execute('truncate tenantry_outbox')),
        flushOf(published, Synced, rows, op, () => replication(published).settled()),
        flushOf(triggers, Synced, rows, op, () => triggers.em.getConnection().execute('truncate tenantry_outbox')),
        flushOf(publishedTriggers, Synced, rows, op, () => replication(publishedTriggers).settled()),
      ];
      for (const flush of flushes) await flush();
      const [alone = 0, withOutbox = 0, withPublish = 0, byTrigger = 0, publishedTrigger = 0] = await inTurns(
        rounds,
        flushes,
      );
      const what = `flush of ${rows} ${op}${rows === 1 ? '' : 's'}`;
      figures.push(
        {
          what: `${what}, outbox only`,
          measured: ms(withOutbox),
          beside: ms(alone),
          ratio: withOutbox / alone,
          budget: `≤ ${BUDGETS.outbox[rows]}×`,
        },
        {
          what: `${what}, published`,
          measured: ms(withPublish),
          beside: ms(alone),
          ratio: withPublish / alone,
          budget: `≤ ${BUDGETS.published[rows]}×`,
        },
        {
          what: `${what}, outbox only, by triggers`,
          measured: ms(byTrigger),
          beside: ms(alone),
          ratio: byTrigger / alone,
          budget: '',
        },
        {
          what: `${what}, published, by triggers`,
          measured: ms(publishedTrigger),
          beside: ms(alone),
          ratio: publishedTrigger / alone,
          budget: '',
        },
      );
    }
  }
  for (const orm of [published, publishedTriggers]) await replication(orm).settled();
  for (const orm of [bare, outbox, published, triggers, publishedTriggers]) await orm.close();
  return figures;
}

/** `after` tidies up outside of the measured time: what it does would otherwise be measured with the next flush. */
function flushOf(
  orm: MikroORM,
  entity: EntitySchema<SettingsRow>,
  rows: number,
  op: 'create' | 'update',
  after: () => Promise<unknown> = async () => undefined,
): () => Promise<number> {
  return async () => {
    const em = orm.em.fork();
    const created = Array.from({ length: rows }, () => em.create(entity, newRow('acme') as SettingsRow));
    if (op === 'update') {
      await em.flush();
      await after();
      for (const row of created) row.seats++;
    }
    const time = await timeOf(() => em.flush());
    await after();
    return time;
  };
}
