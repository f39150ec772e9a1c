// The other process of the benchmark of changes: has every record in memory in each way, and says when it has a new value.
import { createClient } from '@tenantry/sdk';
import { Redis } from 'ioredis';
import type { SettingsRow } from '../app/benched-app.ts';
import { refOf } from '../app/replica-fixture.ts';
import { openBento } from '../peers/bentocache.ts';
import { openCachingRedis } from '../peers/node-redis.ts';

const [redisUrl = '', prefix = '', count = ''] = process.argv.slice(2);
const ids = Array.from({ length: Number(count) }, (_, i) => i + 1);
const now = () => performance.timeOrigin + performance.now();

/** In a burst: from which value on a record is at its end, and the records that are not. */
const ends = new Map<string, { readonly from: number; readonly open: Set<number> }>();

/** The first record is followed change by change, the others in bursts. */
function seen(way: string, { id, seats }: SettingsRow): void {
  if (id === 1) process.send?.([way, 'seen', seats, now()]);
  const end = ends.get(way);
  if (end && seats > end.from && end.open.delete(id) && end.open.size === 0)
    process.send?.([way, 'end', end.from, now()]);
}

process.on('message', ([way, from]: [string, number]) => {
  ends.set(way, { from, open: new Set(ids.slice(1)) });
  process.send?.([way, 'begin', from, now()]);
});

const client = await createClient({ redis: redisUrl, prefix });
for (const id of ids)
  client
    .tenant('acme')
    .watch(refOf({ id } as SettingsRow))
    .subscribe(row => row && seen('tenantry', row));

const bento = openBento({ redis: new Redis(redisUrl), busUrl: redisUrl, prefix: `${prefix}:bento` });
bento.on('bus:message:received', ({ message }) => {
  // The event comes just before its memory forgets the key.
  queueMicrotask(async () => {
    for (const key of message.keys) seen('bentocache', await bento.get({ key }));
  });
});
await Promise.all(ids.map(id => bento.get({ key: String(id) })));

const { client: caching, cache } = await openCachingRedis(redisUrl);
const readCached = async (key: string) => JSON.parse((await caching.get(key)) as string) as SettingsRow;
cache.on('invalidate', async key => seen('nodeRedis', await readCached(String(key))));
await Promise.all(ids.map(id => readCached(`${prefix}:json:${id}`)));

const raw = new Redis(redisUrl);
await raw.subscribe(`${prefix}:raw`);
raw.on('message', (_channel, text) => seen('raw', JSON.parse(text)));
process.send?.(['all', 'ready', 0, now()]);
