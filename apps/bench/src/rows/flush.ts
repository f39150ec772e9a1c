import type { EntitySchema, MikroORM } from '@mikro-orm/core';
import { replication } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { freshDatabase } from '@tenantry/testing';
import { Bare, newRow, openApp, type SettingsRow, Synced } from '../app/benched-app.ts';
import { HandWrittenSync, keysOf } from '../app/hand-written-sync.ts';
import { refsOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns, timeOf } from '../figures/in-turns.ts';

const BUDGETS = {
  outbox: { 1: 1.25, 100: 1.25, 1000: 1.15 },
  published: { 1: 2, 100: 1.8, 1000: 1.6 },
  background: { 1: 1.3, 100: 1.3, 1000: 1.2 },
} as const;
const ROUNDS = { 1: 400, 100: 120, 1000: 40 } as const;

type Written = readonly SettingsRow[];

/** What replication adds to a flush: the outbox alone, publishing before the flush returns and after it; captured by hooks and by triggers. */
export async function benchFlush(context: BenchContext): Promise<Figure[]> {
  const { databaseUrl, redis, prefix } = context;
  const bare = await openApp(databaseUrl);
  const byHand = await openApp(databaseUrl, undefined, [new HandWrittenSync(redis, `${prefix}:hand`)]);
  // In a database of its own: what it leaves in the outbox must not concern the one that publishes.
  await using other = await freshDatabase();
  const outbox = await openApp(other.url, { redis, prefix, publish: 'relay' });
  await outbox.schema.create();
  const published = await openApp(databaseUrl, { redis, prefix, publishTimeoutMs: 10_000 });
  const later = await openApp(databaseUrl, { redis, prefix, publish: 'background' });
  // Triggers belong to a database, whoever writes to it.
  await using quiet = await freshDatabase();
  await using loud = await freshDatabase();
  const byTriggers = { redis, prefix: `${prefix}t`, capture: 'trigger' } as const;
  const triggers = await openApp(quiet.url, { ...byTriggers, publish: 'relay' });
  const publishedTriggers = await openApp(loud.url, { ...byTriggers, publishTimeoutMs: 10_000 });
  await triggers.schema.create();
  await publishedTriggers.schema.create();
  const inRedis = (rows: Written) => checkByHand(context, rows);
  const readable = (rows: Written) => checkPublished(context, prefix, rows);
  const readableTriggers = (rows: Written) => checkPublished(context, byTriggers.prefix, rows);
  const figures: Figure[] = [];
  for (const rows of [1, 100, 1000] as const) {
    for (const op of ['create', 'update'] as const) {
      const of = flushOf(rows, op);
      const flushes = {
        alone: of(bare, Bare),
        byHand: of(byHand, Bare, inRedis),
        outbox: of(outbox, Synced, () => emptyOutbox(outbox)),
        published: of(published, Synced, readable, () => replication(published).settled()),
        background: of(later, Synced, readable, () => replication(later).settled()),
        triggers: of(triggers, Synced, () => emptyOutbox(triggers)),
        publishedTriggers: of(publishedTriggers, Synced, readableTriggers, () =>
          replication(publishedTriggers).settled(),
        ),
      };
      for (const flush of Object.values(flushes)) await flush();
      const times = await inTurns(context.rounds(ROUNDS[rows]), flushes);
      const what = `flush of ${rows.toLocaleString('en')} ${op}${rows === 1 ? '' : 's'}`;
      const bareFlush = { 'bare MikroORM': times.alone };
      const both = { ...bareFlush, 'hand-written sync': times.byHand };
      const outboxBudget = `≤ ${BUDGETS.outbox[rows]}× bare`;
      const budget = `≤ ${BUDGETS.published[rows]}× bare, ≤ 1.3× hand-written`;
      const laterBudget = `≤ ${BUDGETS.background[rows]}× bare`;
      figures.push(
        figure({ what: `${what}, outbox only`, unit: 'ms', budget: outboxBudget }, times.outbox, both),
        figure({ what: `${what}, published`, unit: 'ms', budget }, times.published, both),
        figure(
          { what: `${what}, published in the background`, unit: 'ms', budget: laterBudget },
          times.background,
          both,
        ),
        figure({ what: `${what}, outbox only, by triggers`, unit: 'ms' }, times.triggers, bareFlush),
        figure({ what: `${what}, published, by triggers`, unit: 'ms' }, times.publishedTriggers, both),
      );
    }
  }
  for (const orm of [published, later, publishedTriggers]) await replication(orm).settled();
  for (const orm of [bare, byHand, outbox, published, later, triggers, publishedTriggers]) await orm.close();
  return figures;
}

/** `check` and `settle` come after the measured time: what they do would otherwise be measured with the next flush. */
const flushOf =
  (rows: number, op: 'create' | 'update') =>
  (
    orm: MikroORM,
    entity: EntitySchema<SettingsRow>,
    check: (rows: Written) => Promise<unknown> = async () => undefined,
    settle: () => Promise<unknown> = async () => undefined,
  ) =>
  async (): Promise<number> => {
    const em = orm.em.fork();
    const created = Array.from({ length: rows }, () => em.create(entity, newRow('acme') as SettingsRow));
    if (op === 'update') {
      await em.flush();
      await settle();
      for (const row of created) row.seats++;
    }
    const time = await timeOf(() => em.flush());
    await settle();
    await check(created);
    return time;
  };

function emptyOutbox(orm: MikroORM): Promise<unknown> {
  return orm.em.getConnection().execute('truncate tenantry_outbox');
}

async function checkByHand({ redis, prefix }: BenchContext, rows: Written): Promise<void> {
  const last = rows.at(-1) as SettingsRow;
  const found = await redis.mget(keysOf(last, `${prefix}:hand`));
  if (!found.every(text => text && JSON.parse(text).seats === last.seats))
    throw new Error('The hand-written sync missed a row');
}

async function checkPublished({ redis }: BenchContext, prefix: string, rows: Written): Promise<void> {
  const last = rows.at(-1) as SettingsRow;
  await using client = await createClient({ redis, prefix, readTimeoutMs: 10_000 });
  const found = (await client.tenant('acme').getMany(refsOf(last))) as (SettingsRow | undefined)[];
  if (!found.every(row => row?.seats === last.seats)) throw new Error('A row was not published');
}
