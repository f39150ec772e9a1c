import { eventually } from '@tenantry/testing';
import type { Cluster } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noCluster, startCluster, type TestCluster } from '../cluster.fixture.ts';
import { whenReady } from '../connection/redis-client.ts';
import { recordingFollower } from '../follower.fixture.ts';
import { createReplica, type Replica } from '../replica/create-replica.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import type { Feeds } from './feeds.ts';
import { startFeeds } from './start-feeds.ts';

const tenants = Array.from({ length: 60 }, (_, i) => `tenant-${i}`);

describe.skipIf(noCluster)(noCluster ? `on a Cluster (skipped: ${noCluster})` : 'on a Cluster', () => {
  let cluster: TestCluster;
  let redis: Cluster;
  let replica: Replica;
  let feeds: Feeds;

  beforeAll(async () => {
    cluster = await startCluster();
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
    const before = await used();
    await eventually(async () => expect((await used()).get).toBeGreaterThanOrEqual(before.get + 10));
    const after = await used();
    // One heartbeat may be under way at each end.
    const beats = after.get - before.get + 1;
    expect(after.sunsubscribe - before.sunsubscribe).toBeLessThanOrEqual(cluster.nodes.length * beats);
    expect(after.hmget - before.hmget).toBeLessThanOrEqual(6 * beats);
  });
});
