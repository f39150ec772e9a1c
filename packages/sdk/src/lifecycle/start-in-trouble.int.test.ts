import { GLOBAL_TENANT, TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { plan, writer } from '../layered.fixture.ts';
import { configPut, feature, limits } from '../published-configs.fixture.ts';
import { bootstrapValue } from '../snapshot/bootstrap.ts';
import { freshFolder } from '../snapshot/snapshot.fixture.ts';
import { currencies, currencyPut } from '../world.fixture.ts';

/** A client with connections of its own, to a Redis that refuses each of them. */
function startRefused({ world, proxy }: Awaited<ReturnType<typeof startFaultyWorld>>) {
  proxy.set('refuse');
  return world.client({ redis: `redis://${proxy.host}:${proxy.port}`, readTimeoutMs: 100 });
}

describe('a watch that begins while there is no Redis', () => {
  // F6, F7
  it.each(['refuse', 'silent'] as const)(
    'is tried again, counts its failures, and gets every later write once it has begun, in each scope: %s',
    async mode => {
      await using faulty = await startFaultyWorld();
      const { world, proxy } = faulty;
      const { set, groups } = writer(world);
      proxy.set(mode);
      const client = await faulty.client({ readTimeoutMs: 100, feedTimeoutMs: 300 });
      const [own, inherited, global]: [unknown[], unknown[], unknown[]] = [[], [], []];
      const euro = currencies.by('code', { code: 'EUR' });
      const watching = [
        client
          .tenant('acme')
          .watch(limits)
          .subscribe(value => own.push(value?.most)),
        client
          .tenant('acme')
          .watch(plan)
          .subscribe(({ seats }) => inherited.push(seats)),
        client.global.watch(euro).subscribe(value => global.push(value?.digits)),
      ];
      await eventually(() => expect(client.watchStatus().consecutiveFailures).toBeGreaterThanOrEqual(3));
      const status = client.watchStatus();
      expect(status).toMatchObject({ connected: false, lastError: expect.any(TenantryError) });
      const feed = client.health()?.find(({ kind }) => kind === 'feed');
      expect(feed).toMatchObject({ lastError: expect.any(TenantryError) });
      expect(feed?.failures).toBeGreaterThanOrEqual(3);
      expect([own, global]).toEqual([[], []]);

      await heal(proxy);
      await eventually(() =>
        expect(client.watchStatus()).toMatchObject({ connected: true, consecutiveFailures: 0, lastError: undefined }),
      );
      await eventually(() => expect(client.health()).toBeNull());
      await world.apply('acme', configPut(limits, 1, { most: 1 }));
      await groups('acme', 'eu');
      await set('@eu', plan, { seats: 7 });
      await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
      await eventually(() => expect([own.at(-1), inherited.at(-1), global.at(-1)]).toEqual([1, 7, 2]));
      for (const one of watching) one.unsubscribe();
    },
  );

  // F6
  it('is tried less often the longer it fails', async () => {
    await using faulty = await startFaultyWorld();
    const client = await startRefused(faulty);
    const watching = client.tenant('acme').watch(limits).subscribe();
    const began = performance.now();
    await eventually(() => performance.now() - began > 2_000);
    // At an even pace, that of the first two, there were forty.
    expect(client.watchStatus().consecutiveFailures).toBeLessThan(15);
    watching.unsubscribe();
  });

  // F6, F7
  it('is not tried any more once the client is closed, which says so', async () => {
    await using faulty = await startFaultyWorld();
    await using beside = await startFaultyWorld();
    const client = await startRefused(faulty);
    let isOver = false;
    const complete = () => {
      isOver = true;
    };
    client.tenant('acme').watch(limits).subscribe({ complete });
    await eventually(() => expect(client.watchStatus().consecutiveFailures).toBeGreaterThanOrEqual(3));
    await client.close();
    expect(isOver).toBe(true);
    expect(client.health()).toMatchObject([{ kind: 'closed' }]);
    // The attempts of another client tell that the time for those of this one has passed.
    const other = await startRefused(beside);
    // Only now: one that was under way at the close was accepted by then.
    const { accepted } = faulty.proxy;
    other.tenant('acme').watch(limits).subscribe();
    await eventually(() => expect(other.watchStatus().consecutiveFailures).toBeGreaterThanOrEqual(5));
    expect(faulty.proxy.accepted).toBe(accepted);
  });

  // F6, F7, K18
  it('shows what a snapshot file or `bootstrap` has meanwhile, and counts its failures all the same', async () => {
    await using faulty = await startFaultyWorld();
    await using folder = await freshFolder();
    const { world, proxy } = faulty;
    await world.apply('acme', configPut(limits, 1, { most: 1 }));
    const before = await faulty.client({ snapshotFile: { path: folder.path } });
    await before.tenant('acme').get(limits);
    await before.close();
    proxy.set('refuse');
    const client = await faulty.client({
      readTimeoutMs: 100,
      snapshotFile: { path: folder.path },
      bootstrap: [bootstrapValue(feature, { on: true }, 'acme')],
    });
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(limits).subscribe(value => seen.push(value?.most));
    await eventually(() => expect(client.watchStatus().consecutiveFailures).toBeGreaterThanOrEqual(3));
    expect(seen).toEqual([1]);
    expect(await acme.get(feature)).toEqual({ on: true });
    expect(client.health()?.map(({ kind }) => kind)).toEqual(['redis', 'feed', 'snapshot']);
    await world.apply('acme', configPut(limits, 2, { most: 2 }));
    await heal(proxy);
    await eventually(() => expect(client.health()).toBeNull());
    expect(client.watchStatus()).toMatchObject({ connected: true, consecutiveFailures: 0 });
    await eventually(() => expect(seen).toEqual([1, 2]));
    watching.unsubscribe();
  });
});
