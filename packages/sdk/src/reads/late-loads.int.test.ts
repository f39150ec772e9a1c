import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { announced, configPut } from '../published-configs.fixture.ts';
import type { TenantClient } from '../tenant/tenant-client.ts';
import { startWorld } from '../world.fixture.ts';
import { expectNoUnhandledRejection, schema } from './loaded-configs.fixture.ts';
import { tableSource } from './table-source.fixture.ts';

expectNoUnhandledRejection();

// The source is held for longer than the first, and never for ten times as long: then a load counts as lost.
const slow = { databaseTimeout: '1s', retryThrottle: '1ms', cacheTimeout: '15s' } as const;
const shared = defineConfig({ name: 'shared', schema, ...slow });
const local = defineConfig({ name: 'local', schema, cache: 'local', ...slow });

async function expectTimeouts(acme: TenantClient): Promise<void> {
  const gets = [shared, local].map(config => acme.get(config).catch(error => error.code));
  expect(await Promise.all(gets)).toEqual(['TIMEOUT', 'TIMEOUT']);
}

it('a load that ends after databaseTimeout comes into memory and Redis, and the callers meanwhile wait for the same one', async () => {
  // G15
  await using world = startWorld();
  const source = tableSource();
  const acme = (await world.client({ source })).tenant('acme');
  source.hold();
  for (const config of [shared, local]) source.set(config, 1, 1);
  for (let i = 0; i < 2; i++) await expectTimeouts(acme);
  expect(source.asked).toBe(2);
  source.letGo();
  await eventually(() => expect([acme.peek(shared), acme.peek(local)]).toEqual([1, 1]));
  await eventually(async () => expect(await acme.entry(shared)).toMatchObject({ value: 1, version: 1, stale: false }));
  expect(source.asked).toBe(2);
  const other = (await world.client()).tenant('acme');
  expect(await other.get(shared)).toBe(1);
});

it('a watcher gets an answer that came too late for the read', async () => {
  await using world = startWorld();
  const source = tableSource();
  const client = await world.client({ source });
  source.set(local, 1, 1);
  source.hold();
  const seen: unknown[] = [];
  client
    .tenant('acme')
    .watch(local)
    .subscribe(value => seen.push(value));
  await eventually(() => expect(source.waiting).toBe(1));
  await expect(client.tenant('acme').get(local)).rejects.toMatchObject({ code: 'TIMEOUT' });
  source.letGo();
  await eventually(() => expect(seen).toEqual([1]));
});

it('a late answer that the feed has overtaken is not shown', async () => {
  // G3
  await using world = startWorld();
  const source = tableSource();
  const acme = (await world.client({ source })).tenant('acme');
  for (const config of [shared, local]) source.set(config, 1, 1);
  source.hold();
  await expectTimeouts(acme);
  const seen: unknown[] = [];
  for (const config of [shared, local]) acme.watch(config).subscribe(value => seen.push(value));
  source.set(local, 2, 2);
  await world.apply('acme', configPut(shared, 2, 2), announced(local, 2));
  await eventually(() => expect(acme.peek(shared)).toBe(2));
  source.letGo();
  await eventually(async () => expect(await acme.get(local)).toBe(2));
  expect([await acme.get(shared), acme.peek(local)]).toEqual([2, 2]);
  expect(seen).not.toContain(1);
});
