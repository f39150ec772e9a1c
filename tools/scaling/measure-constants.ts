import { defineSync } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope, ownerOf } from '@tenantry/protocol/wire';
import { createReplica, createReplicaReader, type RecordChange } from '@tenantry/redis';
import { type Client, createClient } from '@tenantry/sdk';
import { Redis } from 'ioredis';
import { eventually } from '../../packages/testing/src/eventually.ts';
import { startRedisServer } from '../../packages/testing/src/servers/start-redis-server.ts';
import type { Constants } from './fleet-load.ts';

const TENANTS = 2_000;
const RECORDS = 10;
const VALUE = 300;
const LISTENERS = 100;

const codec = createPayloadCodec();
const rows = defineSync<{ tenantId: string; id: number; slug: string }>()({
  name: 'rows',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'] },
});
const addressesOf = (id: number) => [rows.by('id', { id }).address, rows.by('slug', { slug: `slug-${id}` }).address];

/** Measures on a Redis of its own. Takes about a quarter of a minute. */
export async function measureConstants(): Promise<Constants> {
  await using server = await startRedisServer();
  const redis = new Redis(server.url);
  const info = async (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(await redis.info())?.[1]);
  const memory = () => info('used_memory_dataset');
  const cpu = async () => 1e6 * ((await info('used_cpu_user')) + (await info('used_cpu_sys')));
  /** µs of Redis for each of `count`. */
  const cost = async (count: number, work: () => Promise<unknown>) => {
    const before = await cpu();
    await work();
    return ((await cpu()) - before) / count;
  };
  const tenants = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`);
  const replica = createReplica({ redis, feedLength: 1 });
  const reader = createReplicaReader({ redis, timeoutMs: 60_000 });
  const filler = 'x'.repeat(VALUE);
  const payload = codec.encode(filler);
  const change = (id: number, version: number, keys: number): RecordChange => {
    const owner = ownerOf('rows', String(id));
    const envelope = encodeEnvelope({ version, updatedAt: 1, expiresAt: 0, owner, payload });
    return { owner, version, op: 'put', addresses: addressesOf(id).slice(0, keys), envelope };
  };
  const applyAll = (ids: readonly number[], version: number, keys: number) =>
    Promise.all(
      tenants.map(tenant =>
        replica.apply(
          tenant,
          ids.map(id => change(id, version, keys)),
        ),
      ),
    );
  const ids = Array.from({ length: RECORDS }, (_, i) => i + 1);

  // Each step adds one thing more to what the step before had.
  const empty = await memory();
  await applyAll([1], 1, 0);
  const one = await memory();
  await applyAll(ids.slice(1), 1, 0);
  const all = await memory();
  await applyAll(ids, 2, 2);
  const withKeys = await memory();
  const recordBytes = (all - one) / TENANTS / (RECORDS - 1);
  const keyBytes = (withKeys - all) / TENANTS / RECORDS / 2 - VALUE;
  let version = 2;
  const applyMicros = await cost(20 * TENANTS, async () => {
    for (let i = 0; i < 20; i++) await applyAll([1], ++version, 2);
  });
  const long = createReplica({ redis, feedLength: 1_000, prefix: 'long' });
  await long.apply('a', [change(1, 1, 2)]);
  const before = await memory();
  for (let i = 2; i < 900; i++) await long.apply('a', [change(1, i, 2)]);
  const messageBytes = ((await memory()) - before) / 898 - VALUE;

  const headMicros = await cost(5 * TENANTS, async () => {
    for (let i = 0; i < 5; i++) await reader.heads(tenants);
  });
  const addresses = ids.flatMap(addressesOf);
  const readMicros = await cost(TENANTS * addresses.length, () =>
    Promise.all(tenants.map(tenant => reader.read(tenant, addresses))),
  );
  const scanMicros = await cost(await redis.dbsize(), async () => {
    for await (const _ of redis.scanStream({ match: 'nothing:{*}:epoch', count: 1000 }));
  });

  const total = () => info('used_memory');
  const beforeListeners = await total();
  const listeners = Array.from({ length: LISTENERS }, () => new Redis(server.url));
  await Promise.all(listeners.map(each => each.ping()));
  const connectionBytes = ((await total()) - beforeListeners) / LISTENERS;
  const channels = tenants.map(tenant => replica.names.of(tenant).feed);
  const beforeChannels = await total();
  const some = listeners.slice(0, 10);
  const subscribeMicros = await cost(some.length * TENANTS, () =>
    Promise.all(some.map(each => each.subscribe(...channels))),
  );
  const subscriptionBytes = ((await total()) - beforeChannels) / some.length / TENANTS;
  // Each by itself, as they come from many processes.
  const BEATS = 2_000;
  const beatMicros = await cost(BEATS, async () => {
    for (let i = 0; i < BEATS; i++) {
      await Promise.all([redis.get(replica.names.fillState), redis.time()]);
      await some[i % some.length]?.unsubscribe('nobody');
    }
  });
  await Promise.all(listeners.slice(10).map(each => each.subscribe(channels[0] as string)));
  let heard = 0;
  for (const each of listeners) each.on('messageBuffer', () => heard++);
  const PUSHES = 500;
  const alone = await cost(PUSHES, async () => {
    for (let i = 0; i < PUSHES; i++) await redis.publish('nobody', payload);
  });
  const together = await cost(PUSHES, async () => {
    for (let i = 0; i < PUSHES; i++) await redis.publish(channels[0] as string, payload);
    await eventually(() => heard >= PUSHES * LISTENERS, { timeoutMs: 60_000 });
  });
  for (const each of listeners) each.disconnect();

  // Some is let go only in a later turn.
  const heap = async () => {
    for (let turn = 0; turn < 5; turn++) {
      globalThis.gc?.();
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    return process.memoryUsage().heapUsed;
  };
  const openReader = () =>
    createClient({ redis, readTimeoutMs: 60_000, feedTimeoutMs: 60_000, idleMs: 600_000, sweepMs: 0 });
  const readFirst = ({ tenant }: Client) =>
    Promise.all(tenants.map(name => tenant(name).get(rows.by('id', { id: 1 }))));
  // What is compiled on the way is no tenant's, and neither is the room of the connection's queue.
  const earlier = await openReader();
  await readFirst(earlier);
  await earlier.close();
  const client = await openReader();
  const bare = await heap();
  await readFirst(client);
  const first = await heap();
  const rest = ids.slice(1).map(id => rows.by('id', { id }));
  for (const tenant of tenants) await client.tenant(tenant).getMany(rest as never);
  const readerEntryBytes = ((await heap()) - first) / TENANTS / rest.length - VALUE;
  const readerTenantBytes = (first - bare) / TENANTS - readerEntryBytes - VALUE;
  await client.close();
  redis.disconnect();
  return {
    tenantBytes: (one - empty) / TENANTS - recordBytes,
    recordBytes,
    keyBytes,
    messageBytes,
    connectionBytes,
    subscriptionBytes,
    applyMicros,
    deliveryMicros: (together - alone) / LISTENERS,
    beatMicros,
    headMicros,
    readMicros,
    subscribeMicros,
    scanMicros,
    readerTenantBytes,
    readerEntryBytes,
  };
}
