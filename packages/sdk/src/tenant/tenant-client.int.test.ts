import { GLOBAL_TENANT, type Ref, TenantryError } from '@tenantry/protocol';
import { eventually, startRedisServer } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { range } from '../layered.fixture.ts';
import { feature } from '../published-configs.fixture.ts';
import {
  currencies,
  currencyPut,
  planById,
  planBySlug,
  planDelete,
  planPut,
  plans,
  startWorld,
  type World,
} from '../world.fixture.ts';

describe('reading', () => {
  it('finds in Redis what memory does not have, and answers from memory after that', async () => {
    // L1, L2
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 3, slug: 'gold', seats: 5 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    expect(acme.peek(planBySlug('gold'))).toBeUndefined();
    expect(acme.peekEntry(planBySlug('gold'))).toBeUndefined();
    expect(await acme.get(planBySlug('gold'))).toEqual({ tenantId: 'acme', id: 1, slug: 'gold', seats: 5 });
    expect(acme.peek(planBySlug('gold'))).toMatchObject({ seats: 5 });
    expect(await acme.entry(planBySlug('gold'))).toEqual({
      value: acme.peek(planBySlug('gold')),
      version: 3,
      updatedAt: 1003,
      origin: 'memory',
      stale: false,
    });
    expect(client.stats().reads).toBe(1);
    expect(await acme.entry(planById(1))).toMatchObject({ origin: 'redis', stale: false, version: 3 });
  });

  it('remembers that something is absent, and hears of its creation without asking again', async () => {
    await using world = startWorld();
    const client = await world.client();
    const acme = client.tenant('acme');
    expect(await acme.get(planById(1))).toBeUndefined();
    expect(await acme.entry(planById(1))).toMatchObject({ value: undefined, origin: 'memory', stale: false });
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 2 }));
    await eventually(() => expect(acme.peek(planById(1))).toMatchObject({ seats: 2 }));
    expect(client.stats().reads).toBe(1);
  });

  it('gives null for null', async () => {
    // L3
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, payload: Buffer.from([0xc0]) }));
    const acme = (await world.client()).tenant('acme');
    expect(await acme.get(planById(1))).toBeNull();
    expect(acme.peek(planById(1))).toBeNull();
  });

  it('hands out one frozen object that no reader can change for another', async () => {
    // L48
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 5 }));
    const acme = (await world.client()).tenant('acme');
    const first = await acme.get(planById(1));
    expect(() => Object.assign(first as object, { seats: 6 })).toThrow(TypeError);
    expect(acme.peek(planById(1))).toBe(first);
    expect(acme.peek(planById(1))?.seats).toBe(5);
  });

  it('reads Redis once for a thousand callers of a cold ref, and once for all refs of one tick', async () => {
    // G4, G6, L9, L58
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    const ids = Array.from({ length: 50 }, (_, i) => i + 1);
    await world.apply('acme', ...ids.map(id => planPut({ id, version: id, seats: id })));
    const acme = (await world.client()).tenant('acme');
    const before = await mgets(world);
    const answers = await Promise.all(Array.from({ length: 1000 }, () => acme.get(planById(7))));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatchObject({ seats: 7 });
    expect((await mgets(world)) - before).toBe(1);
    await Promise.all(ids.filter(id => id !== 7).map(id => acme.get(planById(id))));
    expect((await mgets(world)) - before).toBe(2);
  });

  it('keeps the order of the refs, whichever of them memory has', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 }));
    await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
    const client = await world.client();
    const acme = client.tenant('acme');
    expect(await acme.getMany([])).toEqual([]);
    await acme.get(planById(2));
    const refs = [planById(2), planById(9), currencies.by('code', { code: 'EUR' }), planById(1), planById(2)] as const;
    const [two, nine, euro, one, again] = await acme.getMany(refs);
    expect([two?.seats, nine, euro?.digits, one?.seats, again]).toEqual([2, undefined, 2, 1, two]);
  });

  it('reads what has no tenant from the global one, whichever tenant is asked', async () => {
    await using world = startWorld();
    await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
    const client = await world.client();
    const euro = currencies.by('code', { code: 'EUR' });
    expect(await client.tenant('acme').get(euro)).toEqual({ code: 'EUR', digits: 2 });
    expect(client.tenant('other').peek(euro)).toBe(client.global.peek(euro));
    expect(client.stats().followed).toBe(1);
  });

  it('keeps tenants apart, whatever they are called', async () => {
    // A14, E10
    await using world = startWorld();
    const ids = ['acme', 'acme:k', '{acme}', '__proto__', '@global', '..'];
    const client = await world.client();
    for (const [i, id] of ids.entries()) await world.apply(id, planPut({ id: 1, version: 1, seats: i }));
    for (const [i, id] of ids.entries()) expect(await client.tenant(id).get(planById(1))).toMatchObject({ seats: i });
    expect(client.tenant('acme')).toBe(client.tenant('acme'));
    expect(() => client.tenant('')).toThrow(TenantryError);
    expect(await client.global.get(planById(1))).toBeUndefined();
  });

  it.each([undefined, null, 'plans', {}, plans, () => planById(1)])('refuses what is not a ref: %o', async value => {
    await using world = startWorld();
    const acme = (await world.client()).tenant('acme');
    const ref = value as never;
    const calls: Record<string, () => unknown> = {
      ...{ get: () => acme.get(ref), entry: () => acme.entry(ref), getMany: () => acme.getMany([ref]) },
      ...{ peek: () => acme.peek(ref), peekEntry: () => acme.peekEntry(ref), live: () => acme.live(ref) },
      ...{ watch: () => acme.watch(ref), watchEntry: () => acme.watchEntry(ref), many: () => acme.watchMany([ref]) },
      select: () => acme.select(ref, () => 1),
      useResource: () => acme.useResource(ref, { open: () => 1 }),
    };
    for (const [name, call] of Object.entries(calls))
      await expect(Promise.resolve().then(call), name).rejects.toMatchObject({
        code: 'INVALID_KEY',
        message: expect.stringContaining('A ref is a config'),
      });
    if (value === plans) expect(() => acme.peek(ref)).toThrow('got the definition "plans" without a key');
    expect(() => plans.by('slug', {} as never)).toThrow(TenantryError);
  });

  it.each([
    ['no object', null],
    ['a misspelt name', { atleast: 'AQ' }],
    ['a signal that is none', { signal: 5 }],
  ])('refuses options of a read that cannot be: %s', async (_, options) => {
    await using world = startWorld();
    const acme = (await world.client()).tenant('acme');
    const wrong = options as never;
    await world.apply('acme', planPut({ id: 1, version: 1 }));
    for (const ref of [planById(1), feature, range] as readonly Ref<unknown>[])
      for (const read of [acme.get(ref, wrong), acme.entry(ref, wrong), acme.getMany([ref], wrong)])
        await expect(read).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(acme.getMany(planById(1) as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('cancelling', () => {
  it('rejects only the caller whose signal is aborted; the others get the value', async () => {
    // L15
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 5 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    const cancel = new AbortController();
    const cancelled = acme.get(planById(1), { signal: cancel.signal });
    const other = acme.get(planById(1), { signal: new AbortController().signal });
    cancel.abort(new Error('changed my mind'));
    await expect(cancelled).rejects.toThrow('changed my mind');
    expect(await other).toMatchObject({ seats: 5 });
    await expect(acme.get(planById(1), { signal: cancel.signal })).rejects.toThrow('changed my mind');
    expect(client.stats().reads).toBe(1);
  });
});

describe('the bound', () => {
  it('holds over all tenants, spares what is watched, and reads again what made room', async () => {
    // G8 (caches)
    await using world = startWorld();
    const ids = Array.from({ length: 30 }, (_, i) => i + 1);
    for (const tenant of ['a', 'b'])
      await world.apply(tenant, ...ids.map(id => planPut({ id, version: id, seats: id })));
    const client = await world.client({ maxEntries: 20 });
    const [a, b] = [client.tenant('a'), client.tenant('b')];
    const watching = a.watch(planById(1)).subscribe();
    for (const id of ids) await Promise.all([a.get(planById(id)), b.get(planById(id))]);
    expect(client.stats().entries).toBe(20);
    expect(client.stats().evicted).toBe(40);
    expect(a.peek(planById(1))).toMatchObject({ seats: 1 });
    expect(b.peek(planById(1))).toBeUndefined();
    const { reads } = client.stats();
    await b.get(planById(1));
    await b.get(planById(1));
    expect(client.stats().reads).toBe(reads + 1);
    await world.apply('b', planDelete(1, 99));
    await eventually(() => expect(b.peekEntry(planById(1))?.value).toBeUndefined());
    watching.unsubscribe();
  });
});

/** How many MGETs this Redis has answered. */
async function mgets(world: World): Promise<number> {
  const stats = await world.redis.info('commandstats');
  return Number(/cmdstat_mget:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}
