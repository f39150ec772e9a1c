import { configStore, tenantry, writeBack } from '@tenantry/mikro-orm';
import { type ConfigDefinition, defineConfig } from '@tenantry/protocol';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { BenchContext } from './bench-context.ts';
import { openBenchOrm } from './benched-app.ts';
import { type Figure, inTurns, timeOf } from './measure.ts';

const CONFIGS = 100;
const SETS = 10_000;
const IN_FLIGHT = 50;
const ROUNDS = 7;

/** A validator that costs next to nothing: it is not what is measured. */
const schema = {
  '~standard': { version: 1, vendor: 'bench', validate: (value: unknown) => ({ value }) },
} as const;

type Settings = ReturnType<typeof settings>;
const settings = (n: number) => ({ requestsPerMinute: n, burst: 20, plan: 'gold', features: ['search', 'export'] });

const perSecond = (count: number, time: number) => `${Math.round((count / time) * 1_000).toLocaleString('en')}/s`;

/** Acknowledged write-backs beside a job of BullMQ for each, and how many rows a flush makes of them. */
export async function benchWriteBack({ databaseUrl, redisUrl, redis, prefix }: BenchContext): Promise<Figure[]> {
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
      while (next < SETS) await write(next++);
    };
    return timeOf(() => Promise.all(Array.from({ length: IN_FLIGHT }, one)));
  };
  const set = inFlight(n => store.set(configs[n % CONFIGS] as (typeof configs)[number], settings(n)));
  const add = inFlight(n => queue.add('write', { tenant: 'acme', name: `limits/${n % CONFIGS}`, value: settings(n) }));
  await set();
  const [setTime, addTime] = (await inTurns(ROUNDS, [set, add])) as [number, number];

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
    {
      what: `write-back set, acknowledged, ${IN_FLIGHT} in flight`,
      measured: perSecond(SETS, setTime),
      beside: `BullMQ add ${perSecond(SETS, addTime)}`,
      ratio: addTime / setTime,
      budget: '≥ 2×',
    },
    {
      what: 'the same while it is being flushed',
      measured: perSecond(SETS, busyTime),
      beside: '',
      budget: '',
    },
    {
      what: `rows written for ${SETS.toLocaleString('en')} sets of ${CONFIGS} configs`,
      measured: rows.toLocaleString('en'),
      beside: `${flushes} flushes × ${CONFIGS}`,
      ratio: rows / (flushes * CONFIGS),
      budget: '≤ 1×',
    },
  ];
}
