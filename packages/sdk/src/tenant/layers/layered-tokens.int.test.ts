import { TenantryError } from '@tenantry/protocol';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../../faulty-world.fixture.ts';
import { plan, range, tokenOf, writer } from '../../layered.fixture.ts';
import { configPut, limits } from '../../published-configs.fixture.ts';
import { startWorld } from '../../world.fixture.ts';

async function start(options: Parameters<ReturnType<typeof startWorld>['client']>[0] = {}) {
  const world = startWorld();
  const client = await world.client(options);
  const acme = client.tenant('acme');
  const token = (name: string, later?: number) => tokenOf(world, name, later);
  return { world, client, acme, token, ...writer(world), [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe('a read token of an inherited config', () => {
  it.each(['acme', '@eu', '@emea', '*'])('is of a write in %s: the answer is no older', async name => {
    await using world = await start();
    const { acme, set, groups, token } = world;
    await groups('@emea');
    await groups('@eu', 'emea');
    await groups('acme', 'eu');
    await set(name, plan, { seats: 0 });
    await acme.get(plan);
    // A writer that is faster than the feed.
    for (let seats = 1; seats <= 30; seats++) {
      await set(name, plan, { seats });
      const atLeast = await token(name);
      if (seats % 3 === 0) expect((await acme.get(plan, { atLeast })).seats).toBe(seats);
      else if (seats % 3 === 1) expect((await acme.entry(plan, { atLeast })).value.seats).toBe(seats);
      else expect((await acme.getMany([plan, range], { atLeast }))[0].seats).toBe(seats);
    }
  });

  it('may be one of several, each of a scope that only another one leads to', async () => {
    await using world = await start();
    const { acme, set, groups, token } = world;
    await acme.get(plan);
    for (let seats = 2; seats < 12; seats++) {
      const [low, high] = [`low${seats}`, `high${seats}`];
      await set(`@${high}`, plan, { seats });
      await groups(`@${low}`, high);
      await groups('acme', low);
      const atLeast = await Promise.all([`@${high}`, `@${low}`, 'acme'].map(name => token(name)));
      expect((await acme.get(plan, { atLeast })).seats).toBe(seats);
    }
  });

  it('may be of a group that memory knows of old, and that the tenant has just come into', async () => {
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    const { set, groups } = writer(world);
    await groups('@eu');
    await groups('other', 'eu');
    await set('@eu', plan, { seats: 2 });
    const client = await faulty.client();
    const [acme, other] = [client.tenant('acme'), client.tenant('other')];
    const watching = other.watch(plan).subscribe();
    expect((await acme.get(plan)).seats).toBe(1);
    await eventually(() => expect(other.peek(plan)?.seats).toBe(2));
    // The reader has heard of neither when it is asked.
    proxy.set('refuse');
    await set('@eu', plan, { seats: 3 });
    await groups('acme', 'eu');
    const atLeast = [await tokenOf(world, 'acme'), await tokenOf(world, '@eu')];
    const reading = acme.get(plan, { atLeast });
    await heal(proxy);
    expect((await reading).seats).toBe(3);
    watching.unsubscribe();
  });

  it('may stand beside one of a config that is not inherited', async () => {
    await using world = await start();
    const { acme, client, set, token } = world;
    await set('*', plan, { seats: 2 });
    await world.world.apply('acme', configPut(limits, 1, { most: 1 }));
    const atLeast = [await token('*'), await token('acme')];
    expect(await acme.getMany([limits, plan], { atLeast })).toEqual([{ most: 1 }, { seats: 2, tags: [] }]);
    expect(await acme.get(plan, { atLeast })).toEqual({ seats: 2, tags: [] });
    expect((await client.global.get(plan, { atLeast: atLeast[0] })).seats).toBe(2);
  });

  it('is refused where it is of a scope that does not decide the value', async () => {
    await using world = await start();
    const { acme, client, set, groups, token } = world;
    await groups('@eu');
    await groups('acme', 'eu');
    await set('@eu', plan, { seats: 2 });
    await set('@us', plan, { seats: 3 });
    const refused = { code: 'INVALID_TOKEN', retryable: false };
    await expect(acme.get(plan, { atLeast: await token('@us') })).rejects.toMatchObject(refused);
    const [eu, us] = [await token('@eu'), await token('@us')];
    await expect(acme.getMany([plan, limits], { atLeast: [eu, us] })).rejects.toMatchObject(refused);
    await expect(client.tenant('other').entry(plan, { atLeast: eu })).rejects.toMatchObject(refused);
    await expect(acme.get(limits, { atLeast: eu })).rejects.toMatchObject(refused);
    await expect(acme.get(plan, { atLeast: 'none' })).rejects.toMatchObject(refused);
    expect((await acme.get(plan, { atLeast: eu })).seats).toBe(2);
  });

  it('of a write that does not come is waited for as long as a read may take, and nothing older is an answer', async () => {
    await using world = await start({ readTimeoutMs: 300 });
    const { acme, set, groups, token } = world;
    await groups('acme', 'eu');
    await set('@eu', plan, { seats: 2 });
    await eventually(async () => expect((await acme.get(plan)).seats).toBe(2));
    const future = await token('@eu', 1);
    const startedAt = performance.now();
    const reads = await Promise.allSettled([
      acme.get(plan, { atLeast: future }),
      acme.getMany([plan], { atLeast: future }),
    ]);
    for (const read of reads) expect(read).toMatchObject({ reason: { code: 'TIMEOUT', retryable: true } });
    expect(performance.now() - startedAt).toBeLessThan(300 + 2 * BUSY_MS);
    const reason = new Error('changed my mind');
    const abort = new AbortController();
    const aborted = acme.get(plan, { atLeast: await token('@eu', 2), signal: abort.signal });
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await set('@eu', plan, { seats: 3 });
    // Its time is short, and a busy machine takes longer now and then.
    const written = await token('@eu');
    await eventually(async () => expect((await acme.get(plan, { atLeast: written })).seats).toBe(3));
  });

  it('of values that the schema refuses is answered with the reason, and not with the last good value', async () => {
    await using world = await start();
    const { acme, set, token } = world;
    await set('acme', range, { min: 50 });
    expect(await acme.get(range)).toEqual({ min: 50, max: 100 });
    await set('*', range, { max: 40 });
    const refused = { code: 'INVALID_VALUE' };
    await expect(acme.get(range, { atLeast: await token('*') })).rejects.toMatchObject(refused);
    const many = acme.getMany([range, plan], { atLeast: await token('*') });
    await expect(many).rejects.toBeInstanceOf(TenantryError);
    expect(await acme.get(range)).toEqual({ min: 50, max: 100 });
  });
});
