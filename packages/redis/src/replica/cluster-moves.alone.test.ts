import { eventually } from '@tenantry/testing';
import { type Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noCluster, startCluster, type TestCluster } from '../cluster.fixture.ts';
import { whenReady } from '../connection/redis-client.ts';
import type { Feeds } from '../feed/feeds.ts';
import { startFeeds } from '../feed/start-feeds.ts';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import { gone, row, standing } from '../replica.fixture.ts';
import { createReplica, type Replica } from './create-replica.ts';
import { createReplicaReader } from './create-replica-reader.ts';

describe.skipIf(noCluster)(
  noCluster ? `a Cluster that changes (skipped: ${noCluster})` : 'a Cluster that changes',
  () => {
    let cluster: TestCluster;
    let redis: Cluster;
    let replica: Replica;
    let feeds: Feeds;
    let follower: RecordingFollower;
    let version: number;

    beforeAll(async () => {
      cluster = await startCluster({ replicas: true, nodeTimeoutMs: 15_000 });
    }, 120_000);
    afterAll(() => cluster[Symbol.asyncDispose]());
    beforeEach(async () => {
      redis = cluster.connect();
      await whenReady(redis);
      replica = createReplica({ redis, feedLength: 10_000 });
      follower = recordingFollower();
      version = 0;
    });
    afterEach(async () => {
      await feeds?.close();
      redis.disconnect();
    });

    const follow = async (tenant: string, timeoutMs = 5_000) => {
      feeds = startFeeds({ redis, reader: createReplicaReader({ redis }), heartbeatMs: 100, timeoutMs });
      const { feed } = feeds.follow(tenant, follower);
      await eventually(() => feed.live);
    };
    const write = (tenant: string, ...addresses: string[]) => replica.apply(tenant, [row(1, ++version, addresses)]);
    const slotOf = async (tenant: string) => Number(await redis.cluster('KEYSLOT', replica.names.of(tenant).feed));
    const listeners = async (tenant: string) => {
      const counts = await cluster.onEach(
        async node =>
          ((await node.call('PUBSUB', 'SHARDNUMSUB', replica.names.of(tenant).feed)) as [string, number])[1],
      );
      return counts;
    };

    it('a slot moves: the tenant in it is written, read and pushed as before', { timeout: 180_000 }, async () => {
      await write('acme', 'a', 'b');
      await replica.apply('acme', [gone(2, 1)]); // so that every name of the tenant exists
      await follow('acme');
      // So many more that the head of the one that moves is rarely asked for.
      const others = Array.from({ length: 60 }, (_, i) => `other-${i}`);
      await Promise.all(others.map(other => feeds.follow(other, recordingFollower()).ready));
      await cluster.moveSlot(await slotOf('acme'));
      await write('acme', 'a', 'c');
      await eventually(() => expect(follower.heard.at(-1)?.changes[0]?.version).toBe(version));
      expect(await standing(redis, replica, 'acme')).toEqual({ a: 'rows:1@2', c: 'rows:1@2' });
      // By push, not by what the heartbeat finds: somebody listens on the node that has the slot now.
      await eventually(async () => expect((await listeners('acme')).filter(Boolean)).toEqual([1]));
      expect(feeds.counters.resyncs).toBe(0);
    });

    // A script may only touch keys that are where it runs. Told so by its first command, it has done nothing yet; told so
    // in the middle, it would have taken changes in that no reader ever hears of, and that count as known the next time.
    it.each([
      ['the records have gone and the keys have not', (key: string) => key.endsWith('}:records')],
      ['some keys have gone and nothing else has', (key: string) => /:a\d$/.test(key)],
      ['everything has gone but some keys', (key: string) => !/:a\d$/.test(key)],
      ['everything has gone', () => true],
    ])(
      'a slot is under way, %s: a write happens as a whole or not at all',
      { timeout: 180_000 },
      async (_, goesFirst) => {
        const tenant = `moving-${_}`;
        await replica.apply(tenant, [row(1, 1, ['b0', 'b1']), row(3, 1, ['a0', 'a1', 'b2']), row(4, 1, ['b3', 'a2'])]);
        await replica.apply(tenant, [gone(2, 1)]); // so that every name of the tenant exists
        await follow(tenant);
        // The first finds its keys where the script runs, where the others do not.
        const changes = [row(1, 2, ['b0']), row(3, 3, ['a0', 'n0', 'b2']), row(4, 4, ['b3'])];
        let applied: boolean[] | undefined;
        const run = async () => {
          applied = await replica.apply(tenant, changes).catch(() => undefined);
        };
        await cluster.moveSlot(await slotOf(tenant), { goesFirst, run });
        // As the relay would: again, in the same versions.
        applied ??= await eventually(() => replica.apply(tenant, changes));
        expect(applied).toEqual([true, true, true]);
        await eventually(() => expect(follower.heard.at(-1)?.changes.map(change => change.version)).toEqual([2, 3, 4]));
        expect(await standing(redis, replica, tenant)).toEqual({
          a0: 'rows:3@3',
          b0: 'rows:1@2',
          b2: 'rows:3@3',
          b3: 'rows:4@4',
          n0: 'rows:3@3',
        });
      },
    );

    it('a master dies: its replica takes over, and its tenants are live again', { timeout: 180_000 }, async () => {
      // From here on a node that says nothing for a second is lost.
      const ofAll = [...cluster.nodes, ...cluster.replicas].map(({ host, port }) => new Redis({ host, port }));
      await Promise.all(ofAll.map(node => node.config('SET', 'cluster-node-timeout', 1_000)));
      for (const node of ofAll) node.disconnect();
      await write('acme', 'a');
      await follow('acme', 500);
      const slot = await slotOf('acme');
      const serving = await cluster.onEach(async node => String(await node.call('CLUSTER', 'NODES')));
      const at = serving.findIndex(nodes => {
        const own = /^\S+ \S+ myself,.*$/m.exec(nodes)?.[0] ?? '';
        return [...own.matchAll(/ (\d+)(?:-(\d+))?(?= |$)/g)].some(
          ([, from, to = from]) => slot >= Number(from) && slot <= Number(to),
        );
      });
      await cluster.nodes[at]?.kill();
      await eventually(() => follower.state !== 'live');
      await eventually(() => write('acme', 'a').then(() => true), { intervalMs: 200 });
      await eventually(() => follower.state === 'live');
      await write('acme', 'a');
      await eventually(() => expect(follower.heard.at(-1)?.changes[0]?.version).toBe(version));
      await cluster.nodes[at]?.start();
    });
  },
);
