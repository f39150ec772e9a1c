import { type ConfigSource, type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { configPut } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';
import { expectNoUnhandledRejection, HOUR, local, off, timed } from './loaded-configs.fixture.ts';
import { tableSource } from './table-source.fixture.ts';

expectNoUnhandledRejection();

const VERSIONS: readonly unknown[] = [
  Number.NaN,
  1.5,
  1e300,
  Number.POSITIVE_INFINITY,
  -1,
  0,
  '7',
  7n,
  null,
  undefined,
];

it.each(VERSIONS)('refuses the version %s of a source, and goes on with what it had', async version => {
  // G6
  await using world = startWorld();
  const source = tableSource();
  const troubles: unknown[] = [];
  let now = Date.now();
  const client = await world.client({ source, clock: () => now, onTrouble: error => troubles.push(error) });
  const acme = client.tenant('acme');
  source.set(timed, 5, 5);
  expect(await acme.get(timed)).toBe(5);
  source.set(timed, 6, 66, { version: version as number });
  now += 1.5 * HOUR;
  expect(await acme.entry(timed)).toMatchObject({ value: 5, version: 5, stale: true });
  expect(troubles).toMatchObject([{ code: 'INVALID_VERSION' }]);
  expect(troubles[0]).toBeInstanceOf(TenantryError);
  await world.apply('acme', configPut(timed, 6, 6, { freshUntil: now + HOUR }));
  await eventually(() => expect(acme.peekEntry(timed)).toMatchObject({ value: 6, version: 6 }));
});

it.each(VERSIONS)('rejects with INVALID_VERSION where it had nothing, for the version %s', async version => {
  await using world = startWorld();
  const source = tableSource();
  const acme = (await world.client({ source })).tenant('acme');
  for (const config of [local, off]) {
    source.set(config, 1, 1, { version: version as number });
    await expect(acme.get(config)).rejects.toMatchObject({ code: 'INVALID_VERSION' });
  }
});

it.each<[string, Partial<Record<keyof LoadedConfig, unknown>>]>([
  ['updatedAt', { updatedAt: Number.NaN }],
  ['updatedAt', { updatedAt: '2026-01-01' }],
  ['updatedAt', { updatedAt: undefined }],
  ['expiresAt', { expiresAt: Number.NaN }],
  ['expiresAt', { expiresAt: -1 }],
  ['expiresAt', { expiresAt: 1e300 }],
  ['json', { json: 7 }],
  ['json', { json: null }],
])('refuses an answer whose %s is none: %o', async (name, wrong) => {
  await using world = startWorld();
  const source = tableSource();
  source.set(local, 1, 1, wrong as Partial<LoadedConfig>);
  const acme = (await world.client({ source })).tenant('acme');
  await expect(acme.get(local)).rejects.toMatchObject({
    code: 'INVALID_VALUE',
    message: expect.stringContaining(`\`${name}\``),
  });
});

it.each([
  [null, 'INVALID_VALUE'],
  ['none', 'INVALID_VALUE'],
  [{ kept: 'perhaps', version: 1 }, 'INVALID_VALUE'],
  [{ kept: 'filled', version: Number.NaN }, 'INVALID_VERSION'],
])('refuses %o as an answer of a source that puts its answers into Redis', async (answer, code) => {
  await using world = startWorld();
  const load = async () => [answer] as never;
  const source: ConfigSource = { load, loadIntoRedis: load };
  const acme = (await world.client({ source })).tenant('acme');
  await expect(acme.get(timed)).rejects.toMatchObject({ code });
});

it('takes the absence of a config that never was set, and of one that was unset', async () => {
  await using world = startWorld();
  const source = tableSource();
  const acme = (await world.client({ source })).tenant('acme');
  source.set(local, 0, undefined);
  source.set(off, 3, undefined);
  expect([await acme.get(local), await acme.get(off)]).toEqual([undefined, undefined]);
});
