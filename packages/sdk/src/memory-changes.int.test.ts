import { GLOBAL_TENANT, type Ref } from '@tenantry/protocol';
import { defineGroups } from '@tenantry/protocol/internal';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import type { Client } from './create-client.ts';
import { startFaultyWorld } from './faulty-world.fixture.ts';
import { plan, writer } from './layered.fixture.ts';
import type { MemoryChange } from './memory/memory-changes.ts';
import { announced, configPut, configRetired, configUnset, feature, limits } from './published-configs.fixture.ts';
import { bootstrapValue } from './snapshot/bootstrap.ts';
import { freshFolder } from './snapshot/snapshot.fixture.ts';
import { currencies, currencyPut, planById, planDelete, planPut, WORLDS } from './world.fixture.ts';

/** What was told so far, as `scope: address`. */
function listen(client: Client): string[] {
  const told: string[] = [];
  client.memoryChanges$.subscribe(({ scope, addresses }) => told.push(`${scope}: ${[...addresses].sort().join(' ')}`));
  return told;
}

/** What is told next, taken off. */
async function next(told: string[]): Promise<string[]> {
  await eventually(() => told.length > 0);
  return told.splice(0);
}

describe.each(WORLDS)('memoryChanges$, from $from', ({ startWorld, hasRedis }) => {
  it('names what was read and has another state now, all of one message together, and nothing else', async () => {
    await using world = startWorld();
    await world.apply('acme', configPut(limits, 1, { most: 1 }), configPut(feature, 1, { on: true }));
    await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
    const client = await world.client();
    const told = listen(client);
    const [acme, globex] = [client.tenant('acme'), client.tenant('globex')];
    const euro = currencies.by('code', { code: 'EUR' });
    await acme.getMany([limits, feature, planById(1)]);
    await globex.get(limits);
    await acme.get(euro);
    expect(told).toEqual([]);
    await world.apply('acme', configPut(limits, 2, { most: 2 }), configPut(feature, 2, { on: false }));
    expect(await next(told)).toEqual([`tenants/acme: ${feature.address} ${limits.address}`]);
    await world.apply('acme', planPut({ id: 1, version: 1 }), planPut({ id: 2, version: 1 }));
    expect(await next(told)).toEqual([`tenants/acme: ${planById(1).address}`]);
    await world.apply('globex', configPut(limits, 1, { most: 3 }));
    expect(await next(told)).toEqual([`tenants/globex: ${limits.address}`]);
    await world.apply('globex', configUnset(limits, 2));
    expect(await next(told)).toEqual([`tenants/globex: ${limits.address}`]);
    await world.apply('acme', configRetired(limits, 2));
    expect(await next(told)).toEqual([`tenants/acme: ${limits.address}`]);
    await world.apply(GLOBAL_TENANT, currencyPut('EUR', 3, 2));
    expect(await next(told)).toEqual([`global: ${euro.address}`]);
  });

  it('tells of a value that must be fetched when it is announced, and not once more when it is here', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), configPut(limits, 1, { most: 1 }));
    const client = await world.client();
    const told = listen(client);
    const acme = client.tenant('acme');
    await acme.getMany([planById(1), limits]);
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2, ballast: 10_000 }));
    await eventually(() => expect(told).toEqual([`tenants/acme: ${planById(1).address}`]));
    expect(await acme.get(planById(1))).toMatchObject({ seats: 2 });
    await world.apply('acme', announced(limits, 2));
    await eventually(() => expect(told).toHaveLength(2));
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    await eventually(() =>
      expect(told.slice(1)).toEqual([`tenants/acme: ${limits.address}`, `tenants/acme: ${planById(1).address}`]),
    );
  });

  it.runIf(hasRedis)('names after a lost connection exactly what differs, and nothing where nothing does', async () => {
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', configPut(limits, 1, { most: 1 }), configPut(feature, 1, { on: true }));
    const client = await faulty.client();
    const told = listen(client);
    const acme = client.tenant('acme');
    await acme.getMany([limits, feature]);
    const isLive = () => expect(acme.peekEntry(feature)).toMatchObject({ stale: false });
    // Refused until it was seen to be stale: a connection that is only cut may be back before anybody looks.
    const lose = async () => {
      proxy.set('refuse');
      await eventually(() => expect(acme.peekEntry(feature)).toMatchObject({ stale: true }));
    };
    await lose();
    proxy.set('pass');
    await eventually(isLive);
    expect(told).toEqual([]);
    await lose();
    await world.apply('acme', configPut(limits, 2, { most: 2 }));
    proxy.set('pass');
    await eventually(isLive);
    expect(told).toEqual([`tenants/acme: ${limits.address}`]);
  });

  it.runIf(hasRedis)(
    'tells in one event what had changed while nothing was heard, and that it was: through the log, and where that was trimmed',
    async () => {
      // want 6 (reader): what `repaired$` was asked for is `memoryChanges$` with `missed`, so that there is one stream to listen to.
      await using faulty = await startFaultyWorld(2);
      const { world, proxy } = faulty;
      const put = (version: number, most: number) => world.apply('acme', configPut(limits, version, { most }));
      await put(1, 1);
      await world.apply(
        'acme',
        planPut({ id: 1, version: 1 }),
        planPut({ id: 2, version: 1 }),
        planPut({ id: 3, version: 1 }),
      );
      await world.apply('globex', configPut(limits, 1, { most: 1 }));
      const client = await faulty.client();
      const told: MemoryChange[] = [];
      client.memoryChanges$.subscribe(change => told.push(change));
      const [acme, globex] = [client.tenant('acme'), client.tenant('globex')];
      await acme.getMany([limits, planById(1), planById(2), planById(3)]);
      await globex.get(limits);
      const isLive = () =>
        expect([acme, globex].map(tenant => tenant.peekEntry(limits)?.stale)).toEqual([false, false]);
      await put(2, 2);
      await eventually(() => expect(told).toHaveLength(1));
      for (const [first, isTrimmed] of [
        [3, false],
        [300, true],
      ] as const) {
        proxy.set('refuse');
        await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ stale: true }));
        for (let version = first; version < first + (isTrimmed ? 200 : 1); version++) await put(version, version);
        // Too large to be pushed, and one that is gone.
        await world.apply(
          'acme',
          planPut({ id: 1, version: first, ballast: 10_000 }),
          planDelete(isTrimmed ? 3 : 2, first),
        );
        proxy.set('pass');
        await eventually(isLive);
        await acme.get(planById(1));
      }
      await put(900, 900);
      await eventually(() => expect(told).toHaveLength(4));
      const changed = (...refs: readonly Ref<unknown>[]) => refs.map(({ address }) => address).sort();
      expect(told.map(({ scope, addresses, missed }) => [scope, [...addresses].sort(), missed])).toEqual([
        ['tenants/acme', changed(limits), false],
        ['tenants/acme', changed(limits, planById(1), planById(2)), true],
        ['tenants/acme', changed(limits, planById(1), planById(3)), true],
        ['tenants/acme', changed(limits), false],
      ]);
    },
  );

  it('is silent about the same version once more, and completes with the client', async () => {
    await using world = startWorld();
    const put = configPut(limits, 1, { most: 1 });
    await world.apply('acme', put);
    const client = await world.client();
    const told = listen(client);
    let isOver = false;
    client.memoryChanges$.subscribe({ complete: () => (isOver = true) });
    const acme = client.tenant('acme');
    await acme.getMany([limits, feature]);
    await world.apply('acme', { ...put, evenIfKnown: true });
    await world.apply('acme', configPut(feature, 1, { on: true }));
    await eventually(() => expect(told).toEqual([`tenants/acme: ${feature.address}`]));
    await client.close();
    expect(isOver).toBe(true);
  });

  it('names an inherited config with the scope in which it was set, and the groups where they changed', async () => {
    await using world = startWorld();
    const { set, groups } = writer(world);
    const groupsAddress = defineGroups().address;
    await set('*', plan, { seats: 1 });
    await groups('acme', 'eu');
    const client = await world.client();
    const told = listen(client);
    const acme = client.tenant('acme');
    expect(await acme.get(plan)).toMatchObject({ seats: 1 });
    expect(told).toEqual([]);
    await set('@eu', plan, { seats: 2 });
    expect(await next(told)).toEqual([`groups/eu: ${plan.address}`]);
    await set('*', plan, { seats: 3 });
    expect(await next(told)).toEqual([`global: ${plan.address}`]);
    await set('acme', plan, { seats: 4 });
    expect(await next(told)).toEqual([`tenants/acme: ${plan.address}`]);
    await groups('acme', 'us');
    expect(await next(told)).toEqual([`tenants/acme: ${groupsAddress}`]);
  });

  it.runIf(hasRedis).each([false, true])(
    'after a start without Redis names what was other in the snapshot file or in `bootstrap`, and nothing else (feed begun anew: %s)',
    async isAnew => {
      await using faulty = await startFaultyWorld();
      const { world, proxy } = faulty;
      await using file = await freshFolder();
      const refs: readonly Ref<unknown>[] = [limits, planById(1), feature];
      await world.apply('acme', configPut(limits, 1, { most: 1 }), planPut({ id: 1, version: 1, seats: 1 }));
      const options = { snapshotFile: { path: file.path }, bootstrap: [bootstrapValue(feature, { on: true }, 'acme')] };
      const before = await world.client(options);
      await before.tenant('acme').getMany([limits, planById(1)]);
      await before.close();
      if (isAnew) {
        await world.redis.del(await world.redis.keys(`${world.prefix}*`));
        await world.apply('acme', configPut(limits, 1, { most: 1 }));
      }
      await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }), configPut(feature, 1, { on: false }));
      const token = isAnew ? await world.replica.beginFill() : undefined;
      if (token !== undefined) await world.replica.completeFill(token, 1);

      proxy.set('refuse');
      const client = await faulty.client({ ...options, readTimeoutMs: 50 });
      const named = new Set<string>();
      client.memoryChanges$.subscribe(({ addresses }) => addresses.map(address => named.add(address)));
      const acme = client.tenant('acme');
      expect(refs.map(ref => acme.peekEntry(ref)?.origin)).toEqual(['snapshot', 'snapshot', 'bootstrap']);
      const watching = refs.map(ref => acme.watch(ref).subscribe());
      proxy.set('pass');
      await eventually(() => expect(refs.map(ref => acme.peekEntry(ref)?.stale)).toEqual([false, false, false]));
      expect(acme.peek(planById(1))).toMatchObject({ seats: 2 });
      expect([...named].sort()).toEqual([feature.address, planById(1).address].sort());
      for (const each of watching) each.unsubscribe();
    },
  );
});
