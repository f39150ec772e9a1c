import { eventually, monitorCommands, type RedisServer } from '@tenantry/testing';
import type { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noCluster, startCluster, type TestCluster } from '../cluster.fixture.ts';
import { keySlot } from '../connection/key-slot.ts';
import { whenReady } from '../connection/redis-client.ts';
import { recordingFollower } from '../follower.fixture.ts';
import { createReplica, type Replica } from '../replica/create-replica.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { row } from '../replica.fixture.ts';
import { FILLING } from './feed-lab.fixture.ts';
import type { Feeds } from './feeds.ts';
import { startFeeds } from './start-feeds.ts';

const tenants = Array.from({ length: 60 }, (_, i) => `tenant-${i}`);

describe.skipIf(noCluster)(noCluster ? `on a Cluster (skipped: ${noCluster})` : 'on a Cluster', () => {
  let cluster: TestCluster;
  let redis: Cluster;
  let replica: Replica;
  let feeds: Feeds;

  beforeAll(async () => {
    cluster = await startCluster({ nodeTimeoutMs: 15_000 });
  });
  afterAll(() => cluster[Symbol.asyncDispose]());
  beforeEach(async () => {
    redis = cluster.connect();
    await whenReady(redis);
    replica = createReplica({ redis });
    const token = (await replica.beginFill()) as string;
    expect(await replica.completeFill(token, 1)).toBe(true);
    feeds = startFeeds({ redis, reader: createReplicaReader({ redis }), heartbeatMs: 50, timeoutMs: 5_000 });
  });
  afterEach(async () => {
    await feeds.close();
    redis.disconnect();
    await cluster.onEach(node => node.flushall());
  });

  /** What all nodes have done. */
  const used = async () => {
    const calls = { get: 0, hmget: 0, sunsubscribe: 0 };
    for (const stats of await cluster.onEach(node => node.info('commandstats')))
      for (const [, name, count] of stats.matchAll(/cmdstat_(get|hmget|sunsubscribe):calls=(\d+)/g))
        calls[name as keyof typeof calls] += Number(count);
    return calls;
  };

  it('a heartbeat takes one command of each connection that listens, and asks for a few heads', async () => {
    for (const tenant of tenants) await feeds.follow(tenant, recordingFollower()).ready;
    // Each node is asked by itself, and heartbeats go on meanwhile: those that are counted begin before what they are
    // compared with, and end after it.
    const { get: first } = await used();
    const before = await used();
    await eventually(async () => expect((await used()).get).toBeGreaterThanOrEqual(before.get + 10));
    const after = await used();
    const { get: last } = await used();
    // One heartbeat may have been under way at the beginning.
    const beats = last - first + 1;
    expect(after.sunsubscribe - before.sunsubscribe).toBeLessThanOrEqual(cluster.nodes.length * beats);
    // Six, and one of each node that has none among them.
    expect(after.hmget - before.hmget).toBeLessThanOrEqual((6 + cluster.nodes.length - 1) * beats);
  });

  // Another node has the fill state, and nearly all of the heads.
  it('a node that lost its data alone is found with the next heartbeat', async () => {
    const { slots } = redis;
    const nodeOf = (name: string) => slots[keySlot(name)]?.[0] as string;
    const marked = nodeOf(replica.names.fillState);
    const other = nodeOf(
      tenants.map(tenant => replica.names.of(tenant).feed).find(feed => nodeOf(feed) !== marked) as string,
    );
    const isThere = (tenant: string) => nodeOf(replica.names.of(tenant).feed) === other;
    const [lost, ...more] = tenants.filter(isThere) as [string, ...string[]];
    const followed = tenants.filter(tenant => !more.includes(tenant));
    for (const tenant of followed) await replica.apply(tenant, [row(1, 1, ['id:1'])]);
    const followers = new Map(followed.map(tenant => [tenant, recordingFollower()]));
    for (const [tenant, follower] of followers) await feeds.follow(tenant, follower).ready;
    const events: string[] = [];
    const server = cluster.nodes.find(({ port }) => other.endsWith(`:${port}`)) as RedisServer;
    const monitor = await monitorCommands(server, ({ args: [command = ''] }) => events.push(command.toLowerCase()));
    try {
      // Its turn has just been.
      await eventually(() => expect(events).toContain('hmget'), { intervalMs: 1 });
      await cluster.onEach(async node => node.options.port === server.port && node.flushall());
      await eventually(() => expect(followers.get(lost)?.state).toBe(FILLING));
      await monitor.caughtUp();
      const since = events.slice(events.indexOf('flushall'));
      // One heartbeat may have read its heads already, and the check of the next may come before its heads.
      const beats = since.slice(0, since.indexOf('hmget')).filter(event => event === 'sunsubscribe').length;
      expect(beats).toBeLessThanOrEqual(2);
    } finally {
      monitor.end();
    }
  });
});
