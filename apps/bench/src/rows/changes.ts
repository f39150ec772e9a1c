import { createReplica } from '@tenantry/redis';
import { type NodeProcess, spawnNode } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { SettingsRow } from '../app/benched-app.ts';
import { changeOf, numberedRows, publishRows } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';
import { openBento } from '../peers/bentocache.ts';

const RECORDS = 101;
const IN_FLIGHT = 50;

type Way = 'tenantry' | 'raw' | 'bentocache' | 'nodeRedis';
const WAYS = ['tenantry', 'raw', 'bentocache', 'nodeRedis'] as const;
const now = () => performance.timeOrigin + performance.now();

/** From a write to Redis to the new value in another process, one at a time and many; without a database. */
export async function benchChanges(context: BenchContext): Promise<Figure[]> {
  const { redis, redisUrl, prefix, rounds, size } = context;
  const rows = numberedRows('acme', RECORDS);
  await publishRows(context, 'acme', rows);
  const bento = openBento({ redis: new Redis(redisUrl), busUrl: redisUrl, prefix: `${prefix}:bento` });
  for (const row of rows) {
    await bento.set({ key: String(row.id), value: row });
    await redis.set(`${prefix}:json:${row.id}`, JSON.stringify(row));
  }
  const replica = createReplica({ redis, prefix });
  const write: Record<Way, (row: SettingsRow) => Promise<unknown>> = {
    tenantry: row => replica.apply('acme', [changeOf(row, 1_000 + row.seats)]),
    raw: row => redis.publish(`${prefix}:raw`, JSON.stringify(row)),
    bentocache: row => bento.set({ key: String(row.id), value: row }),
    nodeRedis: row => redis.set(`${prefix}:json:${row.id}`, JSON.stringify(row)),
  };
  const reader = spawnNode(new URL('../processes/following-reader.ts', import.meta.url), [
    redisUrl,
    prefix,
    `${RECORDS}`,
  ]);
  const hear = hearing(reader);
  await hear('all', 'ready', 0, 300_000);

  let seats = 100;
  const one = (way: Way) => async () => {
    const row = { ...(rows[0] as SettingsRow), seats: ++seats };
    const startedAt = now();
    const heard = hear(way, 'seen', seats, 20_000);
    await write[way](row);
    return (await heard) - startedAt;
  };
  const latencies = await inTurns(size(1_000), forEach(one));

  const changes = size(5_000);
  const many = (way: Way) => async () => {
    const last = seats + changes;
    // Each record's last value is one of the last so many.
    const from = last - (RECORDS - 1);
    reader.send([way, from]);
    await hear(way, 'begin', from, 20_000);
    const end = hear(way, 'end', from, 60_000);
    const startedAt = now();
    const writeOn = async () => {
      while (seats < last) {
        const n = ++seats;
        await write[way]({ ...(rows[1 + (n % (RECORDS - 1))] as SettingsRow), seats: n });
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, writeOn));
    return (changes / ((await end) - startedAt)) * 1_000;
  };
  const rates = await inTurns(rounds(10), forEach(many));
  await reader.kill('SIGTERM');
  await bento.disconnect();
  const beside = (of: Record<Way, number[]>) => ({
    'PUBLISH → SUBSCRIBE': of.raw,
    'bentocache, bus and read': of.bentocache,
    'node-redis, invalidation and read': of.nodeRedis,
  });
  return [
    figure(
      { what: 'write to Redis → value in another process', unit: 'µs', budget: '≤ 1.3× PUBLISH' },
      latencies.tenantry,
      beside(latencies),
    ),
    figure(
      { what: `the same, ${IN_FLIGHT} writes in flight: changes applied`, unit: '/s' },
      rates.tenantry,
      beside(rates),
    ),
  ];
}

function forEach(work: (way: Way) => () => Promise<number>): Record<Way, () => Promise<number>> {
  return Object.fromEntries(WAYS.map(way => [way, work(way)])) as Record<Way, () => Promise<number>>;
}

/** Waits for what the reader says, and answers when it was. */
function hearing(reader: NodeProcess) {
  const waiting = new Map<string, (at: number) => void>();
  reader.onMessage(message => {
    const [way, what, n, at] = message as [string, string, number, number];
    waiting.get(`${way} ${what} ${n}`)?.(at);
    waiting.delete(`${way} ${what} ${n}`);
  });
  return (way: string, what: string, n: number, withinMs: number) =>
    new Promise<number>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${way}: no "${what} ${n}"; it printed ${reader.lines}`)),
        withinMs,
      );
      waiting.set(`${way} ${what} ${n}`, at => {
        clearTimeout(timer);
        resolve(at);
      });
    });
}
