import { configStore, writeBack } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import { eventually, startRedisServer } from '@tenantry/testing';
import { Queue } from 'bullmq';
import { expect, it } from 'vitest';
import { Plan, plans } from '../../../mikro-orm/src/plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem } from '../../../mikro-orm/src/system.fixture.ts';
import { counters } from '../flush-worker.fixture.ts';
import { turns, workerFor } from '../worker.fixture.ts';

const [counter] = counters as unknown as [(typeof counters)[number]];

const open = (options: Partial<SystemOptions> = {}) =>
  openSystem({ sync: [[Plan, plans]], ...options, tenantry: { configs: counters, ...options.tenantry } });

async function isFlushed(system: TestSystem, value: number, tenant = 'acme'): Promise<boolean> {
  const [row] = await system.sql<{ value: string }>('select value from tenantry_config where tenant = ?', [tenant]);
  return Number(row?.value) === value;
}

async function flushed(system: TestSystem, value: number, tenant = 'acme'): Promise<void> {
  await eventually(() => isFlushed(system, value, tenant), { message: `${value} to be in the database` });
}

it('brings write-backs into the database by itself, of every tenant', async () => {
  await using system = await open();
  await using worker = await workerFor(system, { flushEveryMs: 20 });
  const store = configStore(system.orm);
  // Ids that no queue takes as they are, too.
  const tenants = ['acme', 'a:b', '42', 'Ünï çödé {x}'];
  for (const tenant of tenants) await store.tenant(tenant).set(counter, 1);
  for (const tenant of tenants) await flushed(system, 1, tenant);
  await eventually(async () => (await writeBack(system.orm).dirtyTenants()).length === 0);
  expect(worker.errors.filter(({ message }) => /write-back/.test(message))).toEqual([]);
  await eventually(
    async () => (await system.redis.keys(`${system.prefix}:{@bullmq}:tenantry-flush:t[0-9a-f]*`)).length === 0,
  );
});

it('tries again by itself after the database was away', async () => {
  await using system = await open();
  await using _worker = await workerFor(system, { flushEveryMs: 20 });
  await system.sql('alter table tenantry_config_revision rename to elsewhere');
  const store = configStore(system.orm);
  await store.tenant('acme').set(counter, 1);
  await eventually(
    async () => (await system.redis.keys(`${system.prefix}:{@bullmq}:tenantry-flush:t[0-9a-f]*`)).length > 0,
  );
  await system.sql('alter table elsewhere rename to tenantry_config_revision');
  await flushed(system, 1);
  // Committed first, then said so in Redis.
  await eventually(async () => (await store.tenant('acme').get(counter))?.dirty === false);
});

it('flushes although its jobs are lost, or never taken', async () => {
  await using system = await open();
  const { redis, prefix } = system;
  const queue = new Queue('tenantry-flush', { connection: redis, prefix: `${prefix}:{@bullmq}` });
  await queue.pause();
  let offset = 0;
  const clock = () => Date.now() + offset;
  await using other = await openSystem({
    sync: [[Plan, plans]],
    database: system.database,
    prefix,
    tenantry: { configs: counters, clock },
  });
  await using _worker = await workerFor(other, { flushEveryMs: 20 });
  await configStore(other.orm).tenant('acme').set(counter, 1);
  await eventually(async () => (await queue.count()) > 0);
  offset = 20_000;
  await flushed(system, 1);
  await queue.close();
});

it('finds what has lost its hint', async () => {
  await using system = await open();
  await configStore(system.orm).tenant('acme').set(counter, 1);
  const hints = system.replication.replica.names.dirtyTenants;
  await eventually(async () => (await system.redis.del(hints)) === 1);
  await using worker = await workerFor(system, { flushEveryMs: 20, sweepEveryMs: 20 });
  await flushed(system, 1);
  expect(worker.errors.filter(({ message }) => /write-back/.test(message))).toEqual([]);
});

it('leaves nothing behind when it is closed', async () => {
  await using system = await open();
  const worker = await workerFor(system, { flushEveryMs: 600_000 });
  await turns(system, 1, 'flush');
  await configStore(system.orm).tenant('acme').set(counter, 1);
  // The first turn of the schedule, which comes at once, may be late enough to have found it.
  const isThere = async () => (await writeBack(system.orm).dirtyTenants()).length === 1;
  await eventually(async () => (await isThere()) || (await isFlushed(system, 1)));
  await worker.close();
  expect(await writeBack(system.orm).dirtyCount('acme')).toBe(0);
  await flushed(system, 1);
});

it('does not start where configs are written back to a Redis that evicts', async () => {
  await using server = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  await using system = await open({ redisServer: server.url });
  await expect(workerFor(system)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  const through = defineConfig({ name: 'through', schema: counter.schema });
  await using other = await open({ redisServer: server.url, tenantry: { configs: [through] } });
  await using _worker = await workerFor(other);
});
