import { createReplica } from '@tenantry/redis';
import { type Client, createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { SettingsRow } from '../app/benched-app.ts';
import { changeOf, numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';
import { openCachingRedis } from '../peers/node-redis.ts';

/** What Redis itself spends on bringing one change to one reading connection. */
export async function benchDeliveryCost(context: BenchContext): Promise<Figure[]> {
  let version = 1_000;
  const figures: Figure[] = [];
  for (const readers of [1, 50, context.size(300)]) figures.push(await deliveriesTo(readers, context, () => ++version));
  return figures;
}

async function deliveriesTo(readers: number, context: BenchContext, nextVersion: () => number): Promise<Figure> {
  const { redis, redisUrl, prefix } = context;
  const alone = await connections(redis);
  const [row] = numberedRows('acme', 1) as [SettingsRow];
  await publishRows(context, 'acme', [row]);
  const jsonKey = `${prefix}:json:${row.id}`;
  await redis.set(jsonKey, JSON.stringify(row));
  const many = <T>(open: () => Promise<T>) => Promise.all(Array.from({ length: readers }, open));
  const arrived = { ours: 0, raw: 0, nodeRedis: 0 };

  // They check their feeds once a minute: the heartbeat is a cost of the time, not of a change.
  const clients = await many(() =>
    createClient({ redis: redisUrl, prefix, heartbeatMs: 60_000, readTimeoutMs: 30_000 }),
  );
  await Promise.all(clients.map(client => firstValue(client, row, () => arrived.ours++)));
  const subscribers = await many(async () => {
    const subscriber = new Redis(redisUrl);
    await subscriber.subscribe(`${prefix}:raw`);
    return subscriber.on('message', (_, text) => JSON.parse(text).id === row.id && arrived.raw++);
  });
  const caching = await many(async () => {
    const { client, cache } = await openCachingRedis(redisUrl);
    await client.get(jsonKey);
    cache.on(
      'invalidate',
      async () => JSON.parse((await client.get(jsonKey)) as string).id === row.id && arrived.nodeRedis++,
    );
    return client;
  });

  const replica = createReplica({ redis, prefix });
  const changes = context.size(readers === 1 ? 2_000 : 200);
  const next = () => ({ ...row, seats: nextVersion() });
  const spent = (way: keyof typeof arrived, write: () => Promise<unknown>) => async () => {
    const before = await cpuMs(redis);
    const goal = arrived[way] + changes * readers;
    for (let i = 0; i < changes; i++) {
      await write();
      // One after another: two changes at once may arrive as one.
      const each = goal - (changes - 1 - i) * readers;
      while (arrived[way] < each) await new Promise(resolve => setImmediate(resolve));
    }
    return ((await cpuMs(redis)) - before) / (changes * readers);
  };
  const costs = await inTurns(context.rounds(5), {
    ours: spent('ours', () => {
      const change = next();
      return replica.apply('acme', [changeOf(change, change.seats)]);
    }),
    raw: spent('raw', () => redis.publish(`${prefix}:raw`, JSON.stringify(next()))),
    nodeRedis: spent('nodeRedis', () => redis.set(jsonKey, JSON.stringify(next()))),
  });
  await Promise.all(clients.map(client => client.close()));
  for (const subscriber of subscribers) subscriber.disconnect();
  for (const client of caching) client.destroy();
  // Their connections are gone before those of the next number are counted.
  await eventually(async () => (await connections(redis)) < alone + 10);
  return figure(
    { what: `CPU of Redis for a change, per reading connection: ${readers} of them`, unit: 'µs' },
    costs.ours,
    { 'PUBLISH → SUBSCRIBE': costs.raw, 'node-redis, invalidation and read': costs.nodeRedis },
  );
}

async function connections(redis: Redis): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))?.[1]);
}

/** Everything it ran, kernel included. */
async function cpuMs(redis: Redis): Promise<number> {
  const cpu = await redis.info('cpu');
  const of = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(cpu)?.[1]) * 1_000;
  return of('used_cpu_user') + of('used_cpu_sys');
}

function firstValue(client: Client, row: SettingsRow, onChange: () => void): Promise<void> {
  return new Promise(resolve => {
    let known = false;
    client
      .tenant('acme')
      .watch(refOf(row))
      .subscribe(value => {
        if (known) onChange();
        else if (value) {
          known = true;
          resolve();
        }
      });
  });
}
