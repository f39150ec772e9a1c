import { eventually, freshPrefix } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { recordingFollower } from '../follower.fixture.ts';
import { createReplica } from '../replica/create-replica.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { hottestTenants } from '../replica/hottest-tenants.ts';
import { row } from '../replica.fixture.ts';
import { startFeeds } from './start-feeds.ts';

/** A writer and a reader of one database of the shared Redis. */
async function openDatabase(db: number, prefix: string, redisUrl: string) {
  const redis = new Redis(redisUrl, { db });
  const replica = createReplica({ redis, prefix });
  const follower = recordingFollower();
  const reader = createReplicaReader({ redis, prefix, timeoutMs: 5_000 });
  const feeds = startFeeds({ redis, reader, heartbeatMs: 100, timeoutMs: 5_000 });
  await feeds.follow('acme', follower).ready;
  let version = 0;
  return {
    redis,
    replica,
    heard: () => follower.heard.map(({ changes }) => changes[0]?.owner),
    write: (id: number) => replica.apply('acme', [row(id, ++version, [`slug:${id}`])]),
    async [Symbol.asyncDispose]() {
      await feeds.close();
      for (const key of await redis.keys(`${prefix}:*`)) await redis.del(key);
      redis.disconnect();
    },
  };
}

// G3, G6
it('readers of one database of a Redis hear nothing of another one under the same prefix', async () => {
  const { prefix, redisUrl, close } = freshPrefix();
  await using production = await openDatabase(0, prefix, redisUrl);
  await using staging = await openDatabase(1, prefix, redisUrl);
  await production.write(1);
  await staging.write(2);
  await production.write(3);
  await staging.write(4);
  await eventually(() => {
    expect(production.heard()).toEqual(['rows:1', 'rows:3']);
    expect(staging.heard()).toEqual(['rows:2', 'rows:4']);
  });
  for (const { redis, replica } of [production, staging])
    expect(await hottestTenants(redis, replica.names, 10, new Set())).toEqual(['acme']);
  await close();
});
