import { type Ref, TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { startFaultyWorld } from './faulty-world.fixture.ts';
import { feature, limits } from './published-configs.fixture.ts';
import { planById, planPut } from './world.fixture.ts';

it('a client that starts without Redis says stale to its watchers, tells of the lost connection once, and recovers', async () => {
  // G6, G15
  await using faulty = await startFaultyWorld();
  await faulty.world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
  faulty.proxy.set('refuse');
  const troubles: unknown[] = [];
  const url = new URL(faulty.world.redisUrl);
  url.port = String(faulty.proxy.port);
  const client = await faulty.world.client({
    redis: url.href,
    readTimeoutMs: 300,
    onTrouble: error => troubles.push(error),
  });
  const acme = client.tenant('acme');
  const [plans, entries]: [unknown[], unknown[]] = [[], []];
  acme.watch(planById(1)).subscribe(plan => plans.push(plan?.seats));
  acme.watchEntry(planById(1)).subscribe(({ value, stale }) => entries.push([value?.seats, stale]));
  const configs: unknown[] = [];
  for (const ref of [limits, feature] as readonly Ref<unknown>[])
    acme.watchEntry(ref).subscribe(({ value, stale, origin }) => configs.push([value, stale, origin]));
  await eventually(() => expect(entries).toEqual([[undefined, true]]));
  await eventually(() =>
    expect(configs).toEqual([
      [undefined, true, 'memory'],
      [{ on: false }, true, 'default'],
    ]),
  );
  expect(plans).toEqual([]);
  expect(troubles.every(error => error instanceof TenantryError)).toBe(true);
  expect(new Set(troubles.map(String)).size).toBe(troubles.length);
  faulty.proxy.set('pass');
  await eventually(() => expect(entries.at(-1)).toEqual([1, false]));
  await eventually(() => expect(plans).toEqual([1]));
});
