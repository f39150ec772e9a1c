import { eventually, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createReplica } from '../replica/create-replica.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { row } from '../replica.fixture.ts';
import { ChecksLab, type Followed } from './checks-lab.fixture.ts';

const lab = new ChecksLab();
const { followMany, writeTo } = lab;
beforeAll(lab.startServer);
afterAll(lab.stopServer);
beforeEach(lab.beginFilled);
afterEach(lab.end);

const MANY = 20;
const one = (many: readonly Followed[], at: number) => many[at] as Followed;

it('where the right to one channel is taken away, its feed is not live and the others miss nothing', async () => {
  const { redis, prefix } = lab.test;
  const channels = Array.from({ length: MANY }, (_, i) => `&${prefix}:{tenant-${i}}:feed`);
  const allow = (allowed: readonly string[]) =>
    redis.call('ACL', 'SETUSER', 'limited', 'reset', 'on', 'nopass', '~*', '+@all', 'resetchannels', ...allowed);
  await allow(channels);
  const limited = new Redis({ port: lab.server.port, username: 'limited', password: 'any' });
  limited.on('error', () => undefined);
  lab.open.push({ close: () => limited.disconnect() });
  const many = await followMany(MANY, { redis: limited });
  await allow(channels.filter((_, i) => i !== 3));
  for (const { tenant } of many) await writeTo(tenant);
  await eventually(() => {
    for (const [i, { follower }] of many.entries())
      if (i !== 3) expect([follower.state, follower.seqs.at(-1)]).toEqual(['live', 2]);
  });
  await eventually(() => expect(one(many, 3).follower.state).toMatch(/^Redis does not let this user read/));
  await allow(channels);
  await eventually(() => expect([one(many, 3).follower.state, one(many, 3).follower.seqs]).toEqual(['live', [2]]));
});

it('a connection that Redis closes because it reads too slowly misses nothing', async () => {
  await lab.test.redis.config('SET', 'client-output-buffer-limit', 'pubsub 1mb 1mb 1');
  const many = await followMany(MANY);
  const { tenant, follower } = one(many, 11);
  lab.proxy.set('stall');
  // More than the buffers of all sockets on the way hold.
  const large = 'x'.repeat(60_000);
  await eventually(async () => {
    for (let i = 0; i < 50; i++) await lab.test.replica.apply(tenant, [row(1, ++lab.version, ['a'], { text: large })]);
    expect(await lab.subscribers(tenant)).toBe(0);
  });
  lab.proxy.set('pass');
  await eventually(() => expect(follower.state).toBe('live'));
  await writeTo(tenant);
  await eventually(() => expect(follower.heard.at(-1)?.changes[0]?.version).toBe(lab.version));
  await lab.test.redis.config('SET', 'client-output-buffer-limit', 'pubsub 32mb 8mb 60');
});

// The replica takes over the data of its master, and with it messages that nobody published here.
it('readers of a replica that loads everything anew miss nothing, although no connection ends', async () => {
  await using server = await startRedisServer();
  const replica = lab.connect(server.port);
  lab.open.push({ close: () => replica.disconnect() });
  const { host, port } = lab.server;
  const isLinked = async () => expect(await replica.info('replication')).toContain('master_link_status:up');
  await replica.call('REPLICAOF', host, port);
  await eventually(isLinked);
  const reader = createReplicaReader({ redis: replica, prefix: lab.test.prefix, timeoutMs: 5_000 });
  const many = await followMany(MANY, { redis: replica, reader }, { server });
  const ids = async () => `${await replica.call('CLIENT', 'LIST', 'TYPE', 'pubsub')}`;
  const idOf = (list: string) => /^id=(\d+)/.exec(list)?.[1];
  const before = idOf(await ids());
  await replica.call('REPLICAOF', 'NO', 'ONE');
  const writer = createReplica({ redis: lab.test.redis, prefix: lab.test.prefix });
  for (const { tenant } of many) await writer.apply(tenant, [row(1, 1_000, ['a'])]);
  // It has been a master of its own: what was written meanwhile is not streamed to it, but loaded.
  await replica.call('REPLICAOF', host, port);
  await eventually(isLinked);
  const heard = () => many.map(({ follower }) => [follower.state, ...follower.seqs].join());
  await eventually(() => expect(new Set(heard())).toEqual(new Set(['live,2'])));
  expect(idOf(await ids())).toBe(before);
  for (const { tenant } of many) await writer.apply(tenant, [row(1, 1_001, ['a'])]);
  await eventually(() => expect(new Set(heard())).toEqual(new Set(['live,2,3'])));
});
