import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import { planById, planPut } from '../world.fixture.ts';
import type { ClientStatus } from './status-machine.ts';

it('a lost connection is one change to stale, through however many attempts to connect again', async () => {
  // R1, R3 (reader)
  await using faulty = await startFaultyWorld();
  const { world, proxy } = faulty;
  await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
  const client = await faulty.client();
  const seen: ClientStatus[] = [];
  client.status$.subscribe(status => seen.push(status));
  const acme = client.tenant('acme');
  const watching = acme.watch(planById(1)).subscribe();
  await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ stale: false }));
  const { accepted } = proxy;
  proxy.set('refuse');
  await eventually(() => expect(proxy.accepted).toBeGreaterThan(accepted + 10));
  expect(new Set(seen.map(({ state, since }) => `${state} ${since}`)).size).toBe(2);
  expect(seen.at(-1)).toMatchObject({ state: 'stale', why: 'there is no connection to Redis' });
  proxy.set('pass');
  await eventually(() => expect(seen.at(-1)).toMatchObject({ state: 'ready' }));
  expect(new Set(seen.map(({ state, since }) => `${state} ${since}`)).size).toBe(3);
  watching.unsubscribe();
});
