import { eventually, startRedisServer } from '@tenantry/testing';
import { defer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { planById, planPut, startWorld, type World } from '../world.fixture.ts';

describe('maxTenants', () => {
  it('lets the tenant go that was not read for longest', async () => {
    await using world = startWorld();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await world.apply(name, planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client({ maxTenants: 3 });
    const held = () => names.filter(name => client.tenant(name).peekEntry(planById(1)) !== undefined);
    for (const name of ['a', 'b', 'c']) await client.tenant(name).get(planById(1));
    client.tenant('a').peek(planById(1));
    await client.tenant('d').get(planById(1));
    expect(held()).toEqual(['a', 'c', 'd']);
    for (const name of ['c', 'a']) await client.tenant(name).get(planById(1));
    await client.tenant('e').get(planById(1));
    expect(held()).toEqual(['a', 'c', 'e']);
    expect(client.stats()).toMatchObject({ tenants: 4, tenantsLetGo: 2, entries: 3, followed: 3 });
    await eventually(async () => expect(await channels(world)).toHaveLength(3));
  });

  it('is exceeded by tenants in use only, and holds again when they no longer are', async () => {
    await using world = startWorld();
    const client = await world.client({ maxTenants: 5, idleMs: 50 });
    const all = Array.from({ length: 200 }, (_, i) => client.tenant(`tenant-${i}`));
    const watching = all.slice(0, 100).map(tenant => tenant.watch(planById(1)).subscribe());
    await Promise.all(all.map(tenant => tenant.get(planById(1))));
    expect(client.stats().tenants).toBeGreaterThan(100);
    await eventually(() => expect(client.stats().tenants).toBe(101));
    for (const one of watching) one.unsubscribe();
    await eventually(() => expect(client.stats().tenants).toBe(6));
  });

  it('loses no change that comes at the moment of letting go, and shows none twice', async () => {
    await using world = startWorld();
    const client = await world.client({ maxTenants: 1 });
    const acme = client.tenant('acme');
    const made$ = defer(() => acme.watchEntry(planById(1)));
    for (let version = 1; version <= 60; version++) {
      await acme.get(planById(1));
      // Its message is on its way when another one takes the only place.
      const applied = world.apply('acme', planPut({ id: 1, version, seats: version }));
      if (version % 3 === 0) await applied;
      const readings = [client.tenant(`other-${version}`).get(planById(1))];
      const seen: (number | undefined)[] = [];
      // In the same turn as the letting go.
      const watching = version % 2 === 0 ? made$.subscribe(entry => seen.push(entry.version)) : undefined;
      if (!watching) readings.push(acme.get(planById(1)));
      await Promise.all([applied, ...readings]);
      if (watching) await eventually(() => expect(seen.at(-1)).toBe(version));
      expect(seen.toSorted((a = 0, b = 0) => a - b)).toEqual(seen);
      watching?.unsubscribe();
      await eventually(async () => expect(await acme.entry(planById(1))).toMatchObject({ version, stale: false }));
    }
    expect(client.stats().tenantsLetGo).toBeGreaterThan(60);
  });

  it('does not take a tenant from a listener that reads it in answer to its end', async () => {
    // Its own: whoever listens to the shared one would lose the connection, too.
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client({ maxTenants: 1 });
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    await world.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const readings: Promise<unknown>[] = [];
    // The status is told while the tenant is let go.
    const telling = client.status$.subscribe(() => readings.push(acme.get(planById(1))));
    await client.tenant('other').get(planById(1));
    telling.unsubscribe();
    for (const plan of await Promise.all(readings)) expect(plan).toMatchObject({ seats: 1 });
    expect(await acme.entry(planById(1))).toMatchObject({ value: { seats: 1 } });
  });
});

/** The channels of this world that any connection listens to. */
async function channels(world: World): Promise<string[]> {
  return (await world.redis.pubsub('CHANNELS', `${world.prefix}:*`)) as string[];
}
