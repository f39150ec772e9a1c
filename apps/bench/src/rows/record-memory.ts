import { createClient } from '@tenantry/sdk';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { SettingsRow } from '../app/benched-app.ts';
import { keysOf } from '../app/hand-written-sync.ts';
import { numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { heldBytes } from '../figures/heap.ts';
import { inTurns, timeOf } from '../figures/in-turns.ts';

/** What a record costs in Redis, by the number of its keys, and in a reader; and how long a reader needs to know many. */
export async function benchRecordMemory(context: BenchContext): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const keys of [1, 3, 5]) figures.push(await inRedis(context, keys));
  return [...figures, ...(await inAReader(context))];
}

async function inRedis(context: BenchContext, keys: number): Promise<Figure> {
  const { redis, prefix, size, rounds } = context;
  const records = size(20_000);
  let serial = 0;
  const bytes = await inTurns(rounds(3), {
    ours: async () => {
      const tenant = `memory-${keys}-${serial++}`;
      const rows = numberedRows(tenant, records);
      const before = await usedMemory(redis);
      await publishRows(context, tenant, rows, keys);
      return ((await usedMemory(redis)) - before) / records;
    },
    byHand: async () => {
      const tenant = `memory-${keys}-${serial++}`;
      const rows = numberedRows(tenant, records);
      const before = await usedMemory(redis);
      for (let i = 0; i < records; i += 500) {
        const pipeline = redis.pipeline();
        for (const row of rows.slice(i, i + 500)) {
          const names = keysOf(row, prefix).slice(0, keys);
          // The fourth and fifth are as long as the third.
          for (let n = names.length; n < keys; n++) names.push(`${names[2]}:${n}`);
          for (const name of names) pipeline.set(name, JSON.stringify(row));
        }
        await pipeline.exec();
      }
      return ((await usedMemory(redis)) - before) / records;
    },
  });
  return figure(
    { what: `memory of Redis for a record with ${keys} ${keys === 1 ? 'key' : 'keys'}`, unit: 'bytes' },
    bytes.ours,
    { 'hand-written sync, JSON': bytes.byHand },
  );
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

async function inAReader(context: BenchContext): Promise<Figure[]> {
  const { redis, prefix, size, rounds } = context;
  const records = size(100_000);
  const rows = numberedRows('large', records);
  await publishRows(context, 'large', rows);
  const jsonKeys = rows.map(row => `${prefix}:large-json:${row.id}`);
  for (let i = 0; i < records; i += 1_000)
    await redis.mset(...jsonKeys.slice(i, i + 1_000).flatMap((key, n) => [key, JSON.stringify(rows[i + n])]));
  const bytes = { ours: [] as number[], lru: [] as number[], map: [] as number[] };
  const mgetInto = async (store: { set(key: string, row: SettingsRow): unknown }) => {
    for (let i = 0; i < records; i += 1_000) {
      // Made anew, as the refs of ours are: a name that somebody else holds would not be counted.
      const some = rows.slice(i, i + 1_000).map(row => `${prefix}:large-json:${row.id}`);
      for (const [n, text] of (await redis.mget(some)).entries())
        store.set(some[n] as string, JSON.parse(text as string));
    }
  };
  const held = async (kept: number[], fill: () => Promise<unknown>) => {
    const before = await heldBytes();
    const time = await timeOf(fill);
    kept.push(((await heldBytes()) - before) / records);
    return time;
  };
  const times = await inTurns(rounds(5), {
    ours: async () => {
      await using client = await createClient({ redis, prefix, maxEntries: 2 * records, readTimeoutMs: 30_000 });
      const large = client.tenant('large');
      const time = await held(bytes.ours, async () => {
        for (let i = 0; i < records; i += 1_000) await large.getMany(rows.slice(i, i + 1_000).map(refOf));
      });
      if (large.peek(refOf(rows.at(-1) as SettingsRow))?.slug !== rows.at(-1)?.slug)
        throw new Error('Not all are known');
      return time;
    },
    lru: () => {
      const lru = new LRUCache<string, SettingsRow>({ max: records });
      return held(bytes.lru, () => mgetInto(lru)).then(time => (lru.size === records ? time : Number.NaN));
    },
    map: () => {
      const map = new Map<string, SettingsRow>();
      return held(bytes.map, () => mgetInto(map)).then(time => (map.size === records ? time : Number.NaN));
    },
  });
  const many = records.toLocaleString('en');
  const beside = (of: typeof bytes) => ({ 'MGET + JSON.parse into a Map': of.map, 'the same into lru-cache': of.lru });
  return [
    figure({ what: `memory of a reader, of each of ${many} entries`, unit: 'bytes' }, bytes.ours, beside(bytes)),
    figure(
      { what: `start of a reader: getMany, 1,000 at a time, until ${many} are known`, unit: 'ms' },
      times.ours,
      beside(times),
    ),
  ];
}
