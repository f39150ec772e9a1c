import { replication, tenantry } from '@tenantry/mikro-orm';
import type { TenantryError } from '@tenantry/protocol';
import { eventually, freshDatabase } from '@tenantry/testing';
import { Cluster } from 'ioredis';
import { expect, it } from 'vitest';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openOrm } from '../../mikro-orm/src/system.fixture.ts';
import { noCluster, startCluster } from '../../redis/src/cluster.fixture.ts';
import { startWorker } from './start-worker.ts';

it.skipIf(noCluster)('relays on a Cluster that wants a password', { timeout: 180_000 }, async () => {
  await using cluster = await startCluster({ nodeTimeoutMs: 15_000 });
  await cluster.onEach(redis => redis.config('SET', 'requirepass', 'pass'));
  const [node] = cluster.nodes;
  const redis = new Cluster([{ host: node?.host ?? '', port: node?.port ?? 0 }], {
    enableOfflineQueue: false,
    redisOptions: { password: 'pass', commandTimeout: 500 },
  });
  await eventually(() => redis.status === 'ready');
  await using database = await freshDatabase();
  const orm = await openOrm(database, {
    entities: [Plan],
    extensions: [tenantry({ redis, sync: [[Plan, plans]], publish: 'relay', relayGraceMs: 50 })],
  });
  await orm.schema.create();
  const errors: TenantryError[] = [];
  const worker = await startWorker({
    orm: orm as never,
    redis,
    relayEveryMs: 50,
    onError: error => errors.push(error),
  });
  const em = orm.em.fork();
  for (const tenantId of ['acme', 'globex', 'initech']) em.create(Plan, { tenantId, slug: tenantId });
  await em.flush();
  await eventually(async () => (await replication(orm as never).backlog()).waiting === 0);
  const { names } = replication(orm as never).replica;
  for (const tenant of ['acme', 'globex', 'initech'])
    await eventually(async () =>
      expect(await redis.exists(`${names.of(tenant).keyPrefix}plans:slug:${tenant}`)).toBe(1),
    );
  await eventually(() => replication(orm as never).replica.isFilled());
  await worker.close();
  // Where others take all of the processor, what has a second may take longer, and is tried again: that is told, and is no lost password.
  expect(errors.filter(({ message }) => !message.includes('longer than its budget'))).toEqual([]);
  redis.disconnect();
  await orm.close();
});
