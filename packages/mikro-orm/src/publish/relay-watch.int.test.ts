import { AsyncLocalStorage } from 'node:async_hooks';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { RelayWatch } from './relay-watch.ts';

/** An application without a worker, that leaves everything to one. */
const withoutWorker = () => openSystem({ sync: [[Plan, plans]], tenantry: { publish: 'relay' } });

function watching({ orm, redis }: TestSystem, quietMs = 600_000) {
  const said: string[] = [];
  const sources = () => ['plans'];
  const watch = new RelayWatch({ orm, redis, sources, warn: text => said.push(text), everyMs: 20, quietMs });
  return { watch, said };
}

async function write(system: TestSystem): Promise<void> {
  const em = system.em();
  em.create(Plan, { tenantId: 'acme' });
  await em.flush();
}

it('without a relay says so once, and is silent and at rest when one has published', async () => {
  await using system = await withoutWorker();
  const { watch, said } = watching(system);
  await write(system);
  watch.leftToRelay();
  await eventually(() => said.length === 1, { timeoutMs: 30_000, message: 'the warning' });
  expect(said[0]).toContain('tenantry-worker');
  await system.drain();
  await eventually(() => !watch.isLooking, { timeoutMs: 30_000, message: 'the watch to rest' });
  expect(said).toHaveLength(1);
});

it('says so again later, as long as nothing is published', async () => {
  await using system = await withoutWorker();
  const { watch, said } = watching(system, 1);
  await write(system);
  watch.leftToRelay();
  await eventually(() => said.length > 2, { timeoutMs: 30_000, message: 'three warnings' });
});

it('says nothing where a relay has published, and asks nothing of an ORM that is closed', async () => {
  await using system = await withoutWorker();
  const { watch, said } = watching(system);
  await write(system);
  await system.drain();
  watch.leftToRelay();
  await eventually(() => !watch.isLooking, { timeoutMs: 30_000, message: 'the watch to rest' });
  await write(system);
  await system.orm.close(true);
  watch.leftToRelay();
  await eventually(() => !watch.isLooking, { timeoutMs: 30_000, message: 'the watch to rest' });
  expect(said).toEqual([]);
});

it('looks outside of the request that left something to the relay first', async () => {
  await using system = await withoutWorker();
  const request = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const { orm, redis } = system;
  const sources = () => {
    seen.push(request.getStore());
    return ['plans'];
  };
  const watch = new RelayWatch({ orm, redis, sources, warn: () => undefined, everyMs: 20 });
  await write(system);
  request.run('the first', () => watch.leftToRelay());
  await eventually(() => seen.length > 1, { timeoutMs: 30_000, message: 'two looks' });
  expect(new Set(seen)).toEqual(new Set([undefined]));
});
