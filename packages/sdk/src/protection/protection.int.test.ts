import { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { feature, limits } from '../published-configs.fixture.ts';
import { expectNoUnhandledRejection, HOUR, timed, unavailable } from '../reads/loaded-configs.fixture.ts';
import { tableSource } from '../reads/table-source.fixture.ts';
import { startWorld } from '../world.fixture.ts';

expectNoUnhandledRejection();

const manyTenants = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i}`);

it('a source that fails is asked no more by however many callers, then by exactly one, and then by all', async () => {
  // R24 (reader)
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  let now = Date.now();
  const troubles: unknown[] = [];
  const client = await world.client({
    source,
    protect: { breaker: { failures: 3, openMs: 10_000 } },
    clock: () => now,
    onTrouble: error => troubles.push(error),
  });
  const getAll = (tenants: readonly string[]) =>
    Promise.allSettled(tenants.map(tenant => client.tenant(tenant).get(limits)));
  source.fail(unavailable);
  for (const tenant of manyTenants('first', 3)) await getAll([tenant]);
  expect(source.asked).toBe(3);
  expect(client.health()).toMatchObject([{ kind: 'source' }, { kind: 'breaker', failures: 3, lastError: unavailable }]);
  for (const each of await getAll(manyTenants('second', 100)))
    expect(each).toMatchObject({
      reason: { code: 'CIRCUIT_OPEN', retryable: true, details: { retryAfterMs: 10_000 } },
    });
  expect(source.asked).toBe(3);
  expect(troubles.filter(error => (error as TenantryError).code === 'CIRCUIT_OPEN')).toHaveLength(1);

  source.fail();
  source.hold();
  now += 10_000;
  const probing = getAll(manyTenants('third', 100));
  await eventually(() => expect(source.waiting).toBe(1));
  // The others have their answers by now, or get them without the source.
  expect(client.health()).toMatchObject([
    { kind: 'source' },
    { kind: 'breaker', why: expect.stringContaining('half open') },
  ]);
  source.letGo();
  const probed = await probing;
  const values = probed.filter(({ status }) => status === 'fulfilled');
  expect(values.length).toBeGreaterThan(0);
  for (const each of probed)
    if (each.status === 'rejected')
      expect(each.reason).toMatchObject({ code: 'CIRCUIT_OPEN', details: { retryAfterMs: 100 } });
  expect(client.health()).toBeNull();
  for (const each of await getAll(manyTenants('third', 100))) expect(each).toMatchObject({ value: { most: 1 } });
});

it('while a breaker is open, memory goes on answering with what it has, as stale, and a default stands where it has nothing', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(timed, 1, 1);
  let now = Date.now();
  const client = await world.client({
    source,
    protect: { breaker: { failures: 1, openMs: 60_000 } },
    clock: () => now,
  });
  const tenants = manyTenants('tenant', 20).map(tenant => client.tenant(tenant));
  for (const tenant of tenants) expect(await tenant.entry(timed)).toMatchObject({ value: 1, stale: false });
  source.fail(unavailable);
  now += HOUR + HOUR / 2;
  for (const tenant of tenants.slice(0, 1)) expect(await tenant.entry(timed)).toMatchObject({ value: 1, stale: true });
  const before = source.asked;
  const entries = await Promise.all(tenants.map(tenant => tenant.entry(timed)));
  for (const entry of entries) expect(entry).toMatchObject({ value: 1, stale: true, origin: 'memory' });
  await client.tenant('acme').get(feature);
  expect(await client.tenant('globex').entry(feature)).toMatchObject({ value: { on: false }, origin: 'default' });
  expect(source.asked).toBe(before + 1);

  source.fail();
  source.set(timed, 2, 2);
  now += 60_000;
  expect(await tenants[0]?.entry(timed)).toMatchObject({ value: 2, stale: false });
});

it.each([
  ['has nothing', undefined],
  ['refuses the value', new TenantryError('INVALID_VALUE', 'refused')],
  ['does not find it', new TenantryError('NOT_FOUND', 'no such row')],
  ['was aborted', new DOMException('changed my mind', 'AbortError')],
])('a breaker stays closed where the source %s', async (_, error) => {
  // R24 (reader)
  await using world = startWorld();
  const source = tableSource();
  if (error) source.fail(error);
  const client = await world.client({ source, protect: { breaker: { failures: 1 } } });
  for (const tenant of manyTenants('tenant', 5))
    await client
      .tenant(tenant)
      .get(limits)
      .catch(() => undefined);
  expect(source.asked).toBe(5);
  expect((client.health() ?? []).filter(({ kind }) => kind === 'breaker')).toEqual([]);
});

it('no more loads are begun at once than the rate allows; the others fail with the time to wait, or answer with a default', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  let now = Date.now();
  const protect = { rate: { perSecond: 10, burst: 5 }, tenants: { acme: { rate: false } } } as const;
  const client = await world.client({ source, protect, clock: () => now });
  const tenants = manyTenants('tenant', 50);
  const results = await Promise.allSettled(tenants.map(tenant => client.tenant(tenant).get(limits)));
  expect(source.asked).toBe(5);
  const refused = results.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(45);
  for (const each of refused)
    expect(each).toMatchObject({ reason: { code: 'RATE_LIMITED', retryable: true, details: { retryAfterMs: 100 } } });
  expect(await client.tenant('acme').get(limits)).toEqual({ most: 1 });
  expect(source.asked).toBe(6);
  now += 300;
  await Promise.allSettled(tenants.map(tenant => client.tenant(tenant).get(limits)));
  expect(source.asked).toBe(9);
});

it('watchers hear of the value once the breaker has closed again', async () => {
  await using world = startWorld();
  const source = tableSource();
  source.set(limits, 1, { most: 1 });
  source.fail(unavailable);
  const client = await world.client({ source, protect: { breaker: { failures: 1, openMs: 200 } } });
  const seen: unknown[] = [];
  for (const tenant of manyTenants('tenant', 20))
    client
      .tenant(tenant)
      .watch(limits)
      .subscribe(value => value && seen.push(value));
  await eventually(() => expect(client.health()).toMatchObject([{ kind: 'source' }, { kind: 'breaker' }]));
  source.fail();
  await eventually(() => expect(seen).toHaveLength(20));
  expect(client.health()).toBeNull();
});
