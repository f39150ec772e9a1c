import { createPayloadCodec, decodeEnvelope } from '@tenantry/protocol/wire';
import { createClient } from '@tenantry/sdk';
import type { BenchContext } from './bench-context.ts';
import { type Figure, inTurns, timeOf } from './measure.ts';
import { fillTenant } from './replica-fixture.ts';

const us = (time: number) => `${(time * 1e3).toFixed(2)} µs`;

/** What a miss in memory costs that Redis answers, beside ioredis and a decoder; and how many reads a crowd makes. */
export async function benchRedisReads(context: BenchContext): Promise<Figure[]> {
  const { redis, prefix } = context;
  const refs = await fillTenant(context, 'acme', 100);
  const keys = refs.map(ref => `${prefix}:{acme}:k:${ref.address}`);
  const codec = createPayloadCodec();
  const decode = (bytes: Buffer | null) => bytes && codec.decode(decodeEnvelope(bytes).payload);
  // A client with an empty memory each time, its feed open: what is measured is the read, not the start.
  const cold = async (read: (client: Awaited<ReturnType<typeof createClient>>) => Promise<unknown>) => {
    const client = await createClient({ redis, prefix });
    await client.tenant('acme').get(refs[0] as (typeof refs)[0]);
    const time = await timeOf(() => read(client));
    await client.close();
    return time / 100;
  };
  const [gets = 0, ownGets = 0, mget = 0, ownMany = 0] = await inTurns(40, [
    async () => (await timeOf(() => Promise.all(keys.map(async key => decode(await redis.getBuffer(key)))))) / 100,
    () => cold(client => Promise.all(refs.map(ref => client.tenant('acme').get(ref)))),
    async () => (await timeOf(async () => (await redis.mgetBuffer(keys)).map(decode))) / 100,
    () => cold(client => client.tenant('acme').getMany(refs)),
  ]);
  return [
    {
      what: 'L2 hit, 100 at a time, each',
      measured: us(ownGets),
      beside: `GET + decode ${us(gets)}`,
      ratio: ownGets / gets,
      budget: '≤ 1.15×',
    },
    {
      what: 'getMany of 100, each',
      measured: us(ownMany),
      beside: `MGET + decode ${us(mget)}`,
      ratio: ownMany / mget,
      budget: '≤ 1.15×',
    },
    await crowd(context, refs[1] as (typeof refs)[0]),
  ];
}

async function crowd(
  { redis, prefix }: BenchContext,
  ref: Parameters<Awaited<ReturnType<typeof createClient>>['global']['get']>[0],
): Promise<Figure> {
  await using client = await createClient({ redis, prefix });
  await client.tenant('acme').get(ref);
  const before = client.stats().reads;
  await using fresh = await createClient({ redis, prefix });
  await Promise.all(Array.from({ length: 1_000 }, () => fresh.tenant('acme').get(ref)));
  return {
    what: '1,000 gets of one cold ref',
    measured: `${fresh.stats().reads} read`,
    beside: `${before} for one get`,
    budget: 'exactly 1',
  };
}
