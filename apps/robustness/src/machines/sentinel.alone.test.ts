import { createClient } from '@tenantry/sdk';
import { eventually, type SentinelSetup, startSentinel } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Plan, plans } from '../../../../packages/mikro-orm/src/plans.fixture.ts';
import { noCluster } from '../../../../packages/redis/src/cluster.fixture.ts';
import { openWholePath, type WholePath } from './whole-path.fixture.ts';

describe.skipIf(noCluster)(noCluster ? `behind a Sentinel (skipped: ${noCluster})` : 'behind a Sentinel', () => {
  let setup: SentinelSetup;
  let path: WholePath;

  beforeEach(async () => {
    setup = await startSentinel();
    await replicaIs('up');
    // Its worker fills Redis once, and then leaves it to the tests.
    path = await openWholePath({ connect, worker: { fillEveryMs: 86_400_000 } });
    await eventually(() => path.replication.replica.isFilled());
  }, 180_000);
  afterEach(async () => {
    await path?.[Symbol.asyncDispose]();
    await setup?.close();
  });

  const connect = () =>
    new Redis({
      sentinels: [...setup.sentinels],
      name: 'main',
      sentinelRetryStrategy: () => 50,
      retryStrategy: () => 50,
      connectTimeout: 1_000,
    });

  /** The other server, asked without the Sentinel. */
  async function onReplica<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(setup.replica.url);
    try {
      return await run(redis);
    } finally {
      redis.disconnect();
    }
  }
  const replicaIs = (state: 'up' | 'master') =>
    onReplica(redis =>
      eventually(
        async () => {
          const text = await redis.info('replication');
          return text.includes(state === 'up' ? 'master_link_status:up' : 'role:master');
        },
        { message: `the replica to be ${state}` },
      ),
    );

  // R11, G1, G6, G7
  it('the master dies: readers keep what they have and say stale, and all go on with the new one', {
    timeout: 180_000,
  }, async () => {
    await path.write('before');
    await path.arrived('before');
    await eventually(() => expect(path.states.at(-1)).toBe('ready'));
    await setup.master.kill();
    await eventually(() => path.states.at(-1) === 'stale');
    expect(new Set(Object.values(path.shown()))).toEqual(new Set(['before']));
    await path.write('meanwhile');
    await path.arrived('meanwhile');
    await eventually(() => path.states.at(-1) === 'ready');
    await replicaIs('master');
    await path.write('after');
    await path.arrived('after');
    // By push, not by some repair.
    const { gaps } = path.client.stats();
    await path.write('pushed');
    await path.arrived('pushed');
    expect(path.client.stats().gaps).toBe(gaps);
  });

  // R11, G3: a replica that lagged takes over, and Redis forgets what it had acknowledged.
  it('a replica that lagged takes over: no reader goes back, and a backfill brings back what Redis forgot', {
    timeout: 180_000,
  }, async () => {
    await path.write('old');
    await path.arrived('old');
    const master = new Redis(setup.master.url);
    // Waits for what this connection wrote, and for all that came before.
    await master.set('written', 'last');
    expect(await master.wait(1, 0)).toBe(1);
    // It stands still and its connection ends: it hears nothing of what comes.
    setup.replica.pause();
    await master.call('CLIENT', 'KILL', 'TYPE', 'replica');
    master.disconnect();
    await path.write('lost');
    await path.arrived('lost');
    await eventually(async () => (await path.replication.backlog()).waiting === 0);
    await setup.master.kill();
    setup.replica.resume();
    await replicaIs('master');
    await eventually(() => path.client.stats().gaps + path.client.stats().resyncs > 0);
    expect(new Set(Object.values(path.shown()))).toEqual(new Set(['lost']));
    const redis = connect();
    const newcomer = await createClient({ redis, readTimeoutMs: 5_000 });
    const of = (tenant: string) => newcomer.tenant(tenant).get(plans.by('slug', { slug: tenant }));
    expect((await of('tenant-0'))?.name).toBe('old'); // what a new reader cannot know

    await path.replication.backfill(Plan);
    await eventually(async () => expect((await of('tenant-0'))?.name).toBe('lost'));
    expect(new Set(Object.values(path.shown()))).toEqual(new Set(['lost']));
    await newcomer.close();
    redis.disconnect();
  });
});
