import { eventually, startRedisServer } from '@tenantry/testing';
import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../memory/entry.ts';
import { planById, planBySlug, planDelete, planPut, startWorld, type World } from '../world.fixture.ts';

describe('watching', () => {
  // K7
  it('gives the value now, each change once, and undefined after a delete', async () => {
    // F1, F14
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, slug: 'gold', seats: 1 }));
    const acme = (await world.client()).tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(planBySlug('gold')).subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([1]));
    await world.apply('acme', planPut({ id: 1, version: 2, slug: 'gold', seats: 2 }));
    await eventually(() => expect(seen).toEqual([1, 2]));
    await world.apply('acme', planPut({ id: 2, version: 3, seats: 9 }));
    await world.apply('acme', planDelete(1, 4));
    await eventually(() => expect(seen).toEqual([1, 2, undefined]));
    await world.apply('acme', planPut({ id: 1, version: 5, slug: 'gold', seats: 3 }));
    await eventually(() => expect(seen).toEqual([1, 2, undefined, 3]));
    watching.unsubscribe();
  });

  it('gives undefined for a record that moved away, and the record where it went', async () => {
    // J12
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, slug: 'gold', seats: 1 }));
    const acme = (await world.client()).tenant('acme');
    const [gold, silver]: [unknown[], unknown[]] = [[], []];
    const watching = [
      acme.watch(planBySlug('gold')).subscribe(plan => gold.push(plan?.seats)),
      acme.watch(planBySlug('silver')).subscribe(plan => silver.push(plan?.seats)),
    ];
    await eventually(() => expect([gold, silver]).toEqual([[1], [undefined]]));
    await world.apply('acme', planPut({ id: 1, version: 2, slug: 'silver', seats: 2 }));
    await eventually(() =>
      expect([gold, silver]).toEqual([
        [1, undefined],
        [undefined, 2],
      ]),
    );
    for (const one of watching) one.unsubscribe();
  });

  it('follows two records that swap a key in one transaction', async () => {
    // R1
    await using world = startWorld();
    await world.apply(
      'acme',
      planPut({ id: 1, version: 1, slug: 'a', seats: 1 }),
      planPut({ id: 2, version: 2, slug: 'b', seats: 2 }),
    );
    const acme = (await world.client()).tenant('acme');
    const [a, b]: [unknown[], unknown[]] = [[], []];
    const watching = [
      acme.watch(planBySlug('a')).subscribe(plan => a.push(plan?.id)),
      acme.watch(planBySlug('b')).subscribe(plan => b.push(plan?.id)),
    ];
    await eventually(() => expect([a, b]).toEqual([[1], [2]]));
    await world.apply('acme', planPut({ id: 1, version: 3, slug: 'b' }), planPut({ id: 2, version: 4, slug: 'a' }));
    await eventually(() => expect([a.at(-1), b.at(-1)]).toEqual([2, 1]));
    expect([a, b]).toEqual([
      [1, 2],
      [2, 1],
    ]);
    for (const one of watching) one.unsubscribe();
  });

  it('brings the last of many quick writes, and none out of order', async () => {
    // F2, J16
    await using world = startWorld();
    const acme = (await world.client()).tenant('acme');
    const seen: number[] = [];
    const watching = acme.watchEntry(planById(1)).subscribe(({ version = 0 }) => seen.push(version));
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => world.apply('acme', planPut({ id: 1, version: i + 1, seats: i }))),
    );
    await eventually(() => expect(seen.at(-1)).toBe(100));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    watching.unsubscribe();
  });

  it('fetches at once what is too large to push; until then the old value is known to be old', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const acme = (await world.client()).tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watchEntry(planById(1)).subscribe(({ value, stale }) => seen.push([value?.seats, stale]));
    await eventually(() => expect(seen.at(-1)).toEqual([1, false]));
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2, ballast: 10_000 }));
    await eventually(() => expect(seen.at(-1)).toEqual([2, false]));
    expect(seen).toContainEqual([1, true]);
    expect(seen).not.toContainEqual([2, true]);
    watching.unsubscribe();
  });

  it('goes on for one when the other leaves, also when it leaves from within', async () => {
    // F4
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const acme = (await world.client()).tenant('acme');
    const seen: unknown[] = [];
    const first = firstValueFrom(acme.watch(planById(1)).pipe(take(2), toArray()));
    const second = acme.watch(planById(1)).subscribe();
    const third = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([1]));
    second.unsubscribe();
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    expect((await first).map(plan => plan?.seats)).toEqual([1, 2]);
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    await eventually(() => expect(seen).toEqual([1, 2, 3]));
    third.unsubscribe();
  });

  it('completes when the client is closed, before and after', async () => {
    // I14
    await using world = startWorld();
    const client = await world.client();
    const acme = client.tenant('acme');
    const ended: string[] = [];
    acme.watch(planById(1)).subscribe({ complete: () => ended.push('value') });
    acme.watchEntry(planById(1)).subscribe({ complete: () => ended.push('entry') });
    await client.close();
    acme.watch(planById(1)).subscribe({ complete: () => ended.push('later') });
    client
      .tenant('new')
      .watch(planById(1))
      .subscribe({ complete: () => ended.push('new') });
    expect(ended).toEqual(['value', 'entry', 'later', 'new']);
  });
});

describe('following', () => {
  it('ends with the last unsubscribe, and begins again with the next', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const one = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([1]));
    const two = acme.watch(planById(2)).subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([1, undefined]));
    one.unsubscribe();
    await world.apply('acme', planPut({ id: 2, version: 2, seats: 2 }));
    await eventually(() => expect(seen).toEqual([1, undefined, 2]));
    expect(await listeners(world)).toBe(1);
    two.unsubscribe();
    await eventually(async () => expect(await listeners(world)).toBe(0));

    // What memory has is old from here on, says so, and is compared before it is called fresh again.
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 1 }, stale: true, age: expect.any(Number) });
    expect(await acme.entry(planById(1))).toMatchObject({ value: { seats: 3 }, stale: false, origin: 'redis' });
    expect(await listeners(world)).toBe(1);
    expect(acme.peekEntry(planById(2))).toMatchObject({ value: { seats: 2 }, stale: true });
    expect(await acme.entry(planById(2))).toMatchObject({ value: { seats: 2 }, stale: false });
  });

  it('does not end for the moment between one watch and the next', async () => {
    await using world = startWorld();
    const client = await world.client();
    const acme = client.tenant('acme');
    const one = acme.watch(planById(1)).subscribe();
    await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ stale: false }));
    one.unsubscribe();
    const two = acme.watch(planById(1)).subscribe();
    await Promise.resolve();
    expect(client.stats().followed).toBe(1);
    expect(acme.peekEntry(planById(1))).toMatchObject({ stale: false });
    two.unsubscribe();
  });

  it('ends when nobody reads for a while, but not sooner', async () => {
    await using world = startWorld();
    const client = await world.client({ idleMs: 300 });
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    const began = performance.now();
    await eventually(() => {
      acme.peek(planById(1));
      return performance.now() - began > 900;
    });
    expect(client.stats().followed).toBe(1);
    await eventually(() => client.stats().followed === 0);
    await eventually(async () => expect(await listeners(world)).toBe(0));
  });

  it('tells watchers of entries when what they have becomes stale and fresh again', async () => {
    // G7 of the promises
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client();
    const seen: Entry<unknown>[] = [];
    const values: unknown[] = [];
    const watching = [
      client
        .tenant('acme')
        .watchEntry(planById(1))
        .subscribe(entry => seen.push(entry)),
      client
        .tenant('acme')
        .watch(planById(1))
        .subscribe(plan => values.push(plan?.seats)),
    ];
    await eventually(() => expect(seen.at(-1)).toMatchObject({ stale: false, value: { seats: 1 } }));
    await world.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(() => expect(seen.map(({ stale }) => stale).slice(-2)).toEqual([true, false]));
    expect(seen.find(({ stale, age }) => stale && age !== undefined)).toBeDefined();
    expect(values).toEqual([1]);
    for (const one of watching) one.unsubscribe();
  });
});

/** How many connections listen to acme's feed. */
async function listeners(world: World): Promise<number> {
  const [, count] = (await world.redis.pubsub('NUMSUB', world.replica.names.of('acme').feed)) as [string, number];
  return Number(count);
}
