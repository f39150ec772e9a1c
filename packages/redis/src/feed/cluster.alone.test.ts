import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { createFeedCodec } from '@tenantry/protocol/wire';
import { eventually } from '@tenantry/testing';
import type { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noCluster, startCluster, type TestCluster } from '../cluster.fixture.ts';
import { whenReady } from '../connection/redis-client.ts';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import { createReplica, type Replica } from '../replica/create-replica.ts';
import { createReplicaReader, type ReplicaReader } from '../replica/create-replica-reader.ts';
import { hottestTenants } from '../replica/hottest-tenants.ts';
import { gone, row, standing } from '../replica.fixture.ts';
import type { Feeds } from './feeds.ts';
import { startFeeds } from './start-feeds.ts';

const tenants: Tenant[] = [...Array.from({ length: 30 }, (_, i) => `tenant-${i}`), 'a:b', '{x}', GLOBAL_TENANT];

describe.skipIf(noCluster)(noCluster ? `on a Cluster (skipped: ${noCluster})` : 'on a Cluster', () => {
  let cluster: TestCluster;
  let redis: Cluster;
  let replica: Replica;
  let reader: ReplicaReader;
  let feeds: Feeds;
  let followers: Map<Tenant, RecordingFollower>;
  const troubles: unknown[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ nodeTimeoutMs: 15_000 });
  });
  afterAll(() => cluster[Symbol.asyncDispose]());
  beforeEach(async () => {
    redis = cluster.connect();
    await whenReady(redis);
    replica = createReplica({ redis, feedLength: 10_000 });
    reader = createReplicaReader({ redis });
    troubles.length = 0;
    followers = new Map(tenants.map(tenant => [tenant, recordingFollower()]));
    feeds = startFeeds({
      redis,
      reader,
      heartbeatMs: 100,
      timeoutMs: 5_000,
      onTrouble: error => void troubles.push(error),
    });
  });
  afterEach(async () => {
    await feeds.close();
    redis.disconnect();
    await cluster.onEach(node => node.flushall());
  });

  const writeAll = (version: number) =>
    Promise.all(tenants.map(tenant => replica.apply(tenant, [row(1, version, ['id:1', 'slug:a'])])));
  const followAll = async () => {
    const followed = tenants.map(tenant => feeds.follow(tenant, follower(tenant)));
    await eventually(() => all(({ state }) => state === 'live'));
    return followed;
  };
  const follower = (tenant: Tenant) => followers.get(tenant) as RecordingFollower;
  const all = (check: (follower: RecordingFollower) => boolean) => [...followers.values()].every(check);
  const subscriptions = async () => {
    const counts = await cluster.onEach(async node => {
      const channels = (await node.call('PUBSUB', 'SHARDCHANNELS')) as string[];
      return channels.length;
    });
    return counts.reduce((sum, count) => sum + count, 0);
  };

  it('records of each tenant live in one slot, and all nodes have some', async () => {
    await writeAll(1);
    await Promise.all(
      tenants.map(tenant => replica.apply(tenant, [row(1, 2, ['id:1', 'slug:b']), row(2, 3, ['slug:a'])])),
    );
    for (const tenant of tenants) {
      const wanted = { 'id:1': 'rows:1@2', 'slug:a': 'rows:2@3', 'slug:b': 'rows:1@2' };
      expect(await standing(redis, replica, tenant)).toEqual(wanted);
      const { envelopes, head } = await reader.read(tenant, ['slug:b', 'slug:a', 'nothing']);
      expect(envelopes.map(envelope => envelope !== null)).toEqual([true, true, false]);
      expect(head?.seq).toBe(2);
      const messages = (await reader.messagesFrom(tenant, 1)).map(createFeedCodec().decode);
      expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
    }
    expect((await reader.heads(tenants)).map(head => head?.seq)).toEqual(tenants.map(() => 2));
    const sizes = await cluster.onEach(node => node.dbsize());
    expect(Math.min(...sizes)).toBeGreaterThan(0);
  });

  it('survive SCRIPT FLUSH on every node', async () => {
    await writeAll(1);
    await cluster.onEach(node => node.script('FLUSH'));
    expect(await writeAll(2)).toEqual(tenants.map(() => [true]));
  });

  it('a purge and a fill reach every node', async () => {
    await Promise.all(tenants.map(tenant => replica.apply(tenant, [row(1, 1, ['a']), gone(2, 1)])));
    expect(await replica.purgeTombstones(0)).toBe(tenants.length);
    const token = (await replica.beginFill()) as string;
    expect(await replica.completeFill(token, 1)).toBe(true);
    expect(await reader.fillState()).toBe(`filled ${token}`);
    expect((await reader.heads(tenants)).map(head => head?.filled)).toEqual(tenants.map(() => 1));
  });

  it('feeds hear every message of their tenant once and in order', async () => {
    await followAll();
    for (let version = 1; version <= 50; version++) await writeAll(version);
    await eventually(() => all(({ seqs }) => seqs.length === 50));
    for (const tenant of tenants) {
      expect(follower(tenant).seqs).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
      expect(follower(tenant).states).toEqual(['live']);
    }
    expect(feeds.counters).toEqual({ gaps: 0, resyncs: 0 });
    expect(troubles).toEqual([]);
  });

  it('who is followed is known of every node', async () => {
    await followAll();
    const more = startFeeds({ redis, reader, heartbeatMs: 100, timeoutMs: 5_000 });
    try {
      for (const tenant of ['tenant-17', 'tenant-4', GLOBAL_TENANT] as const)
        await more.follow(tenant, recordingFollower()).ready;
      const hottest = await hottestTenants(redis, replica.names, 100, new Set(['tenant-4']));
      expect(hottest.slice(0, 2)).toEqual([GLOBAL_TENANT, 'tenant-17']);
      expect(new Set(hottest)).toEqual(new Set(tenants.filter(tenant => tenant !== 'tenant-4')));
    } finally {
      await more.close();
    }
  });

  // F8
  it('feeds miss nothing when the connections of their subscribers are killed', async () => {
    await writeAll(1);
    await followAll();
    for (let version = 2; version <= 4; version++) {
      await cluster.onEach(node => node.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
      await writeAll(version);
      await eventually(() => all(({ seqs, state }) => seqs.at(-1) === version && state === 'live'));
    }
    expect(all(({ seqs }) => seqs.join() === '2,3,4')).toBe(true);
    expect(feeds.counters.resyncs).toBe(0);
  });

  // L54, G7
  it('feeds are not live while a node says nothing, and miss nothing', async () => {
    await writeAll(1);
    await using started = startOwn(500);
    for (const tenant of tenants) started.own.follow(tenant, follower(tenant));
    await eventually(() => all(({ state }) => state === 'live'));
    cluster.nodes[0]?.pause();
    await eventually(() => [...followers.values()].some(({ state }) => state !== 'live'));
    cluster.nodes[0]?.resume();
    await eventually(() => all(({ state }) => state === 'live'));
    await writeAll(2);
    await eventually(() => all(({ seqs }) => seqs.at(-1) === 2));
  });

  it('a feed whose subscription a node has ended is subscribed again, and misses nothing', async () => {
    await using started = startOwn(5_000);
    await writeAll(1);
    for (const tenant of tenants) await started.own.follow(tenant, follower(tenant)).ready;
    await started.subscriber().sunsubscribe(replica.names.of('tenant-9').feed);
    await replica.apply('tenant-9', [row(1, 2, ['id:1'])]);
    await eventually(async () => expect(await subscriptions()).toBe(tenants.length));
    await replica.apply('tenant-9', [row(1, 3, ['id:1'])]);
    await eventually(() => expect(follower('tenant-9').seqs).toEqual([2, 3]));
  });

  it('feeds that are no longer followed leave no subscription behind, nor does the end of all', async () => {
    const followed = await followAll();
    expect(await subscriptions()).toBe(tenants.length);
    for (const each of followed.slice(1)) each.close();
    await eventually(async () => (await subscriptions()) === 1);
    await writeAll(1);
    await eventually(() => follower(tenants[0] as Tenant).seqs.length === 1);
    expect(tenants.slice(1).every(tenant => follower(tenant).seqs.length === 0)).toBe(true);
    await feeds.close();
    await eventually(async () => (await subscriptions()) === 0);
  });

  /** Feeds, and the connection of their subscriber. */
  function startOwn(timeoutMs = 60) {
    const app = redis.duplicate();
    const { duplicate } = app;
    const made: Cluster[] = [];
    app.duplicate = (...args) => {
      const subscriber = duplicate.apply(app, args);
      made.push(subscriber);
      return subscriber;
    };
    const own = startFeeds({ redis: app, reader: createReplicaReader({ redis }), heartbeatMs: 50, timeoutMs });
    const end = async () => {
      await own.close();
      app.disconnect();
    };
    return { own, subscriber: () => made.at(-1) as Cluster, [Symbol.asyncDispose]: end };
  }

  it('feeds come back where the subscriber is closed and plans no further attempt', async () => {
    await using started = startOwn();
    const { feed } = started.own.follow('tenant-0', follower('tenant-0'));
    await eventually(() => feed.live);
    const subscriber = started.subscriber();
    // As ioredis leaves it where a ready check ends after the connection was given up: without its own listener.
    const retry = subscriber.listeners('close').find(({ name }) => name.includes('handleCloseEvent')) as () => void;
    subscriber.off('close', retry);
    subscriber.disconnect(true);
    await eventually(() => started.subscriber() !== subscriber && feed.live);
  });

  it("feeds come back where the subscriber has lost a node's connection and makes no other", async () => {
    await using started = startOwn();
    await eventually(() => started.subscriber().status === 'ready');
    // As ioredis may leave it after a failover: it waits for a node that is gone, and makes no other subscriber meanwhile.
    const group = (started.subscriber() as unknown as { shardedSubscribers: { stop(): void; isResetting: boolean } })
      .shardedSubscribers;
    group.isResetting = true;
    group.stop();
    const { feed } = started.own.follow('tenant-0', follower('tenant-0'));
    await eventually(() => feed.live);
  });

  it('feeds start although the connection of the application is a lazy one', async () => {
    const lazy = redis.duplicate([], { lazyConnect: true });
    const own = startFeeds({ redis: lazy, reader: createReplicaReader({ redis: lazy }) });
    const { feed } = own.follow('tenant-0', follower('tenant-0'));
    await eventually(() => feed.live);
    await own.close();
    lazy.disconnect();
  });
});
