import { createClient } from '@tenantry/sdk';
import { LRUCache } from 'lru-cache';
import type { SettingsRow } from '../app/benched-app.ts';
import { numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';
import { openBento } from '../peers/bentocache.ts';
import { openCacheable } from '../peers/cacheable.ts';
import { openCachingRedis } from '../peers/node-redis.ts';

/** What a hit in memory costs, with few entries and with many. */
export async function benchMemoryReads(context: BenchContext): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const entries of [1_000, 10_000, 100_000]) figures.push(...(await hitsOf(context, context.size(entries))));
  return figures;
}

async function hitsOf(context: BenchContext, entries: number): Promise<Figure[]> {
  const tenant = `hits-${entries}`;
  const rows = numberedRows(tenant, entries);
  await publishRows(context, tenant, rows);
  await using client = await createClient({
    redis: context.redis,
    prefix: context.prefix,
    maxEntries: 2 * entries,
    readTimeoutMs: 30_000,
  });
  const ours = client.tenant(tenant);
  const refs = rows.map(refOf);
  const keys = refs.map(ref => ref.address);
  for (let i = 0; i < entries; i += 1_000) await ours.getMany(refs.slice(i, i + 1_000));
  const map = new Map(keys.map((key, i) => [key, rows[i]]));
  const lru = new LRUCache<string, SettingsRow>({ max: entries });
  const bento = openBento({ maxItems: entries });
  const plainBento = openBento({ serialize: false, maxItems: entries });
  const cacheable = openCacheable();
  const { client: caching, cache } = await openCachingRedis(context.redisUrl);
  const redisKeys = keys.map(key => `${context.prefix}:json:${tenant}:${key}`);
  for (const [i, row] of rows.entries()) {
    const key = keys[i] as string;
    lru.set(key, row);
    for (const some of [bento, plainBento]) await some.set({ key, value: row });
    await cacheable.set(key, row);
  }
  for (let i = 0; i < entries; i += 1_000) {
    const some = redisKeys.slice(i, i + 1_000);
    await context.redis.mset(...some.flatMap((key, n) => [key, JSON.stringify(rows[i + n])]));
    await Promise.all(some.map(key => caching.get(key)));
  }

  const now = perRead(rows, context.size(1_000_000));
  const later = perAwait(rows, context.size(20_000));
  const rounds = context.rounds(15);
  const sync = await inTurns(rounds, {
    peek: now(i => ours.peek(refs[i] as (typeof refs)[number])),
    map: now(i => map.get(keys[i] as string)),
    lru: now(i => lru.get(keys[i] as string)),
  });
  const asyncMap = async (key: string) => map.get(key);
  const async = await inTurns(rounds, {
    get: later(i => ours.get(refs[i] as (typeof refs)[number])),
    map: later(i => asyncMap(keys[i] as string)),
    plainBento: later(i => plainBento.get({ key: keys[i] as string })),
    bento: later(i => bento.get({ key: keys[i] as string })),
    cacheable: later(i => cacheable.get(keys[i] as string)),
    nodeRedis: later(async i => JSON.parse((await caching.get(redisKeys[i] as string)) as string)),
  });
  if (cache.stats().missCount > entries) throw new Error('node-redis was asked for hits, and missed');
  caching.destroy();
  const many = `of ${entries.toLocaleString('en')} entries`;
  return [
    figure({ what: `peek, a hit ${many}`, unit: 'ns', budget: '≤ 2× Map' }, sync.peek, {
      'Map.get': sync.map,
      'lru-cache': sync.lru,
    }),
    figure({ what: `await get, a hit ${many}`, unit: 'ns', budget: '≤ 1.5× async Map' }, async.get, {
      'async Map.get': async.map,
      'bentocache, serialize: false': async.plainBento,
      bentocache: async.bento,
      cacheable: async.cacheable,
      'node-redis, client-side cache': async.nodeRedis,
    }),
  ];
}

let sink: unknown;

const perRead =
  (rows: readonly SettingsRow[], reads: number) => (read: (i: number) => SettingsRow | undefined) => () => {
    const { length } = rows;
    const startedAt = performance.now();
    for (let i = 0; i < reads; i++) sink = read(i % length);
    const time = performance.now() - startedAt;
    check(rows[(reads - 1) % length], sink);
    return time / reads;
  };

const perAwait =
  (rows: readonly SettingsRow[], reads: number) =>
  (read: (i: number) => Promise<SettingsRow | undefined>) =>
  async () => {
    const { length } = rows;
    const startedAt = performance.now();
    for (let i = 0; i < reads; i++) sink = await read(i % length);
    const time = performance.now() - startedAt;
    check(rows[(reads - 1) % length], sink);
    return time / reads;
  };

/** Also keeps the reads from being optimised away. */
function check(row: SettingsRow | undefined, found: unknown): void {
  if ((found as SettingsRow | undefined)?.slug !== row?.slug) throw new Error(`Not ${row?.slug} was read`);
}
