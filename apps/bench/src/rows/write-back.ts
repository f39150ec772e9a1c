import { configStore, tenantry, writeBack } from '@tenantry/mikro-orm';
import { type ConfigDefinition, defineConfig } from '@tenantry/protocol';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { openBenchOrm } from '../app/benched-app.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns, timeOf } from '../figures/in-turns.ts';

const CONFIGS = 100;
const IN_FLIGHT = 50;

/** A validator that costs next to nothing: it is not what is measured. */
const schema = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) },
} as const;

type Settings = ReturnType<typeof settings>;
const settings = (n: number) => ({ requestsPerMinute: n, burst: 20, plan: 'gold', features: ['search', 'export'] });

/** Acknowledged write-backs beside a job of BullMQ for each, and how many rows a flush makes of them. */
export async function benchWriteBack({
  databaseUrl,
  redisUrl,
  redis,
  prefix,
  rounds,
  size,
}: BenchContext): Promise<Figure[]> {
  const sets = size(10_000);
  const perSecond = (time: number) => (sets / time) * 1_000;
  const configs = Array.from(
    { length: CONFIGS },
    (_, i) =>
      defineConfig({
        name: `limits/${i}`,
        schema: schema as never,
        writePolicy: 'write-back',
        cacheTimeout: '30s',
        databaseTimeout: '30s',
      }) as ConfigDefinition<Settings, Settings>,
  );
  let rows = 0;
  let flushes = 0;
  const orm = await openBenchOrm(databaseUrl, [
    tenantry({
      redis,
      prefix,
      configs,
      onReport: report => {
        if (report.kind === 'flushed') flushes++;
      },
    }),
  ]);
  const store = configStore(orm).tenant('acme');
  const queueRedis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('writes', { connection: queueRedis, prefix: `${prefix}-bullmq` });
  const inFlight = (write: (n: number) => Promise<unknown>) => async () => {
    let next = 0;
    const one = async () => {
      while (next < sets) await write(next++);
    };
    return timeOf(() => Promise.all(Array.from({ length: IN_FLIGHT }, one)));
  };
  const set = inFlight(n => store.set(configs[n % CONFIGS] as (typeof configs)[number], settings(n)));
  const add = inFlight(n => queue.add('write', { tenant: 'acme', name: `limits/${n % CONFIGS}`, value: settings(n) }));
  await set();
  const times = await inTurns(rounds(15), { set, add });
  const jobs = await queue.getWaitingCount();
  if (jobs !== rounds(15) * sets) throw new Error(`${jobs} jobs are waiting`);

  // While a worker would be at it: sets go on, flushes come after one another.
  await writeBack(orm).flush();
  const [before] = await orm.em
    .getConnection()
    .execute<{ n: number }[]>('select count(*) as n from tenantry_config_revision');
  flushes = 0;
  let writing = true;
  const flushing = (async () => {
    while (writing) await writeBack(orm).flush('acme');
  })();
  const busyTime = await set();
  writing = false;
  await flushing;
  await writeBack(orm).flush('acme');
  const [after] = await orm.em
    .getConnection()
    .execute<{ n: number }[]>('select count(*) as n from tenantry_config_revision');
  rows = Number(after?.n) - Number(before?.n);
  await queue.obliterate({ force: true });
  await queue.close();
  queueRedis.disconnect();
  await orm.close();
  return [
    figure(
      { what: `write-back set, acknowledged, ${IN_FLIGHT} in flight`, unit: '/s', budget: '≥ 2× BullMQ add' },
      times.set.map(perSecond),
      { 'BullMQ add': times.add.map(perSecond) },
    ),
    figure({ what: 'the same while it is being flushed', unit: '/s' }, [perSecond(busyTime)]),
    figure(
      {
        what: `rows written for ${sets.toLocaleString('en')} sets of ${CONFIGS} configs`,
        unit: 'rows',
        note: `${flushes} flushes`,
        budget: `≤ ${CONFIGS} for each flush`,
      },
      [rows],
    ),
  ];
}
