import { createPayloadCodec, createRedisNames, decodeEnvelope } from '@tenantry/protocol/wire';
import { type Client, createClient } from '@tenantry/sdk';
import type { SettingsRow } from '../app/benched-app.ts';
import { numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns, timeOf } from '../figures/in-turns.ts';
import { openBento } from '../peers/bentocache.ts';
import { openCacheable, openKeyvRedis } from '../peers/cacheable.ts';

const AT_ONCE = 100;

/** What a miss in memory costs that Redis answers; every memory is empty before each round, and every connection open. */
export async function benchRedisReads(context: BenchContext): Promise<Figure[]> {
  const { redis, prefix, redisUrl } = context;
  const rows = numberedRows('acme', AT_ONCE);
  await publishRows(context, 'acme', rows);
  const refs = rows.map(refOf);
  const names = createRedisNames(prefix).of('acme');
  const keys = refs.map(ref => `${names.keyPrefix}${ref.address}`);
  const jsonKeys = rows.map(row => `${prefix}:json:${row.id}`);
  await redis.mset(...rows.flatMap((row, i) => [jsonKeys[i] as string, JSON.stringify(row)]));
  const keyv = await openKeyvRedis(redisUrl);
  const [bento, cacheable] = [openBento({ redis, prefix: `${prefix}:bento` }), openCacheable(keyv)];
  for (const [i, row] of rows.entries()) {
    await bento.set({ key: `k${i}`, value: row });
    await cacheable.set(`${prefix}:cacheable:${i}`, row);
  }
  const codec = createPayloadCodec();
  const decode = (bytes: Buffer | null) => bytes && codec.decode(decodeEnvelope(bytes).payload);
  const all = (read: (i: number) => Promise<unknown>) => Promise.all(rows.map((_, i) => read(i)));
  const times = await inTurns(context.rounds(200), {
    get: cold(context, rows, client => all(i => client.tenant('acme').get(refs[i] as (typeof refs)[number]))),
    rawGet: timed(rows, () => all(async i => decode(await redis.getBuffer(keys[i] as string)))),
    json: timed(rows, () => all(async i => JSON.parse((await redis.get(jsonKeys[i] as string)) as string))),
    bento: () => {
      const empty = openBento({ redis, prefix: `${prefix}:bento` });
      return timed(rows, () => all(i => empty.get({ key: `k${i}` })))();
    },
    cacheable: async () => {
      await cacheable.primary.clear();
      return timed(rows, () => all(i => cacheable.get(`${prefix}:cacheable:${i}`)))();
    },
    getMany: cold(context, rows, client => client.tenant('acme').getMany(refs)),
    rawMget: timed(rows, async () => (await redis.mgetBuffer(keys)).map(decode)),
    jsonMget: timed(rows, async () => (await redis.mget(jsonKeys)).map(text => JSON.parse(text as string))),
    cacheableMany: async () => {
      await cacheable.primary.clear();
      return timed(rows, () => cacheable.getMany(rows.map((_, i) => `${prefix}:cacheable:${i}`)))();
    },
  });
  await keyv.disconnect();
  return [
    figure(
      { what: `get of what only Redis has, ${AT_ONCE} at a time, each`, unit: 'µs', budget: '≤ 1.15× GET + decode' },
      times.get,
      {
        'ioredis GET + decode': times.rawGet,
        'ioredis GET + JSON.parse': times.json,
        bentocache: times.bento,
        cacheable: times.cacheable,
      },
    ),
    figure({ what: `getMany of ${AT_ONCE}, each`, unit: 'µs', budget: '≤ 1.15× MGET + decode' }, times.getMany, {
      'ioredis MGET + decode': times.rawMget,
      'ioredis MGET + JSON.parse': times.jsonMget,
      'cacheable getMany': times.cacheableMany,
    }),
    await crowd(context, refs[1] as (typeof refs)[number]),
  ];
}

/** A client with an empty memory each time, its feed open: what is measured is the read, not the start. */
function cold(
  { redis, prefix }: BenchContext,
  rows: readonly SettingsRow[],
  read: (client: Client) => Promise<unknown[]>,
): () => Promise<number> {
  return async () => {
    const client = await createClient({ redis, prefix });
    await client.tenant('acme').get(refOf({ ...rows[0], id: 0 } as SettingsRow));
    const time = await timed(rows, () => read(client))();
    await client.close();
    return time;
  };
}

function timed(rows: readonly SettingsRow[], read: () => Promise<unknown[]>): () => Promise<number> {
  return async () => {
    let found: unknown[] = [];
    const time = await timeOf(async () => {
      found = await read();
    });
    if (!rows.every(({ slug }, i) => (found[i] as SettingsRow | undefined)?.slug === slug))
      throw new Error('Not every row was read');
    return time / rows.length;
  };
}

async function crowd({ redis, prefix }: BenchContext, ref: ReturnType<typeof refOf>): Promise<Figure> {
  await using fresh = await createClient({ redis, prefix });
  await Promise.all(Array.from({ length: 1_000 }, () => fresh.tenant('acme').get(ref)));
  return figure({ what: 'reads of Redis for 1,000 gets of one cold ref', unit: 'reads', budget: 'exactly 1' }, [
    fresh.stats().reads,
  ]);
}
