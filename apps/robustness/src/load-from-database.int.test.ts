import { configStore, databaseSource } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { startWorker } from '@tenantry/worker';
import { workerSource } from '@tenantry/worker-source';
import { expect, it } from 'vitest';
import { allConfigs, banner, limit } from '../../../packages/mikro-orm/src/configs.fixture.ts';
import { openSystem } from '../../../packages/mikro-orm/src/system.fixture.ts';

it('serves a reader what was written around Redis, and what Redis has lost', async () => {
  // A1, G15, K18
  await using system = await openSystem({
    sync: [],
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { configs: allConfigs },
  });
  const store = configStore(system.orm as never).tenant('acme');
  await store.set(banner, { text: 'one' });
  await store.set(limit, 5);
  const { redis, prefix } = system;
  for (const key of await redis.keys(`${prefix}:{acme}:*`)) await redis.del(key);
  const source = databaseSource(system.orm as never);
  await using client = await createClient({ redis, prefix, source });
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  const watching = acme.watch(banner).subscribe(value => seen.push(value?.text));
  expect(await acme.entry(limit)).toMatchObject({ value: 5, version: 1, origin: 'source', stale: false });
  await eventually(() => expect(seen).toEqual(['one']));
  await store.set(banner, { text: 'two' });
  await eventually(() => expect(seen).toEqual(['one', 'two']));
  await store.unset(limit);
  await eventually(() => expect(acme.peekEntry(limit)?.value).toBeUndefined());
  await store.set(limit, 7);
  await eventually(() => expect(acme.peek(limit)).toBe(7));
  watching.unsubscribe();
});

it('serves a reader without a database by way of a worker, with one load for each config', async () => {
  // K18, G15
  await using system = await openSystem({
    sync: [],
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { configs: allConfigs },
  });
  const { redis, prefix } = system;
  const store = configStore(system.orm as never);
  for (let i = 0; i < 50; i++) await store.tenant(`t${i}`).set(banner, { text: `of ${i}` });
  // A worker's first fill says of every config that it changed, and each reader would load once more what it has just loaded.
  await system.replication.fillIfEmpty();
  await using _worker = await startWorker({ orm: system.orm as never, redis });
  await using source = workerSource({ redis, prefix });
  await using client = await createClient({ redis, prefix, source });
  await client.tenant('nobody').get(banner);
  for (let i = 0; i < 50; i++) expect(await client.tenant(`t${i}`).get(banner)).toMatchObject({ text: `of ${i}` });
  expect(client.stats().loads).toBe(51);
});
