import type { TenantryError } from '@tenantry/protocol';
import { eventually, startRedisServer } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../../faulty-world.fixture.ts';
import { plan, range, scope, writer } from '../../layered.fixture.ts';
import { configPut } from '../../published-configs.fixture.ts';
import { startWorld } from '../../world.fixture.ts';

async function start() {
  const faulty = await startFaultyWorld();
  const troubles: TenantryError[] = [];
  const client = await faulty.client({
    feedTimeoutMs: 1_000,
    onTrouble: error => troubles.push(error as TenantryError),
  });
  const acme = client.tenant('acme');
  const close = () => faulty[Symbol.asyncDispose]();
  return { ...faulty, client, acme, troubles, ...writer(faulty.world), [Symbol.asyncDispose]: close };
}

describe('an inherited config while Redis is away', () => {
  // G1, G3, F9
  it.each(['refuse', 'silent'] as const)(
    'is served, stale, and is afterwards what each scope says by then: %s',
    async mode => {
      await using world = await start();
      const { acme, client, proxy, set, unset, groups } = world;
      await groups('acme', 'eu');
      await set('*', range, { max: 50 });
      await set('@eu', range, { min: 10 });
      await set('@eu', plan, { seats: 5 });
      await set('*', plan, { seats: 2 });
      expect(await acme.getMany([range, plan])).toMatchObject([{ min: 10, max: 50 }, { seats: 5 }]);
      expect((await client.tenant('other').get(plan)).seats).toBe(2);
      proxy.set(mode);
      await eventually(() => expect(acme.peekEntry(plan)?.stale).toBe(true));
      expect(await acme.entry(range)).toMatchObject({
        value: { min: 10, max: 50 },
        stale: true,
        age: expect.any(Number),
      });
      expect(await client.tenant('other').entry(plan)).toMatchObject({ value: { seats: 2 }, stale: true });
      await unset('@eu', plan);
      await unset('*', plan);
      await set('@eu', range, { min: 20 });
      await heal(proxy);
      await eventually(async () =>
        expect(await acme.entry(range)).toMatchObject({ value: { min: 20, max: 50 }, stale: false }),
      );
      await eventually(async () => expect(await acme.entry(plan)).toMatchObject({ value: { seats: 1 }, stale: false }));
      expect(await client.tenant('other').entry(plan)).toMatchObject({ value: { seats: 1 }, stale: false });
      expect(await acme.entry(range)).not.toHaveProperty('age');
    },
  );

  // K8: what Redis lost is no deletion, so there is no error: it is stale.
  it('keeps its last good value where Redis lost everything, until it is filled', async () => {
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    const { set, groups } = writer(world);
    const token = (await world.replica.beginFill()) as string;
    await groups('acme', 'eu');
    await set('@eu', plan, { seats: 5 });
    await world.replica.completeFill(token, 1);
    const client = await world.client();
    const acme = client.tenant('acme');
    using live = acme.live(plan);
    await eventually(() => expect(live).toMatchObject({ value: { seats: 5 }, error: undefined }));
    await world.redis.flushdb();
    await eventually(() => expect(acme.peekEntry(plan)).toMatchObject({ value: { seats: 5 }, stale: true }));
    expect(live).toMatchObject({ value: { seats: 5 } });
    const again = (await world.replica.beginFill()) as string;
    await groups('acme', 'eu');
    await set('*', plan, { seats: 7 });
    await world.replica.completeFill(again, 1);
    await eventually(() => expect(acme.peekEntry(plan)).toMatchObject({ value: { seats: 7 }, stale: false }));
    expect(live).toMatchObject({ value: { seats: 7 }, error: undefined });
  });

  // K8
  it.each(['@eu', '*', 'acme'])(
    'keeps its last good value where Redis lost all keys of %s alone, until it is written again',
    async name => {
      await using world = startWorld();
      const { set, groups } = writer(world);
      await groups('acme', 'eu');
      await set(name, plan, { seats: 5 });
      const acme = (await world.client({ sweepMs: 100 })).tenant('acme');
      using live = acme.live(plan);
      await eventually(() => expect(live).toMatchObject({ value: { seats: 5 }, error: undefined }));
      const { keyPrefix } = world.replica.names.of(scope(name));
      const keys = await world.redis.keys(`${keyPrefix.replace(/k:$/, '')}*`);
      expect(keys.length).toBeGreaterThanOrEqual(4);
      await world.redis.del(...keys);
      await eventually(() => expect(acme.peekEntry(plan)).toMatchObject({ value: { seats: 5 }, stale: true }));
      expect((await acme.get(plan)).seats).toBe(5);
      expect(live).toMatchObject({ value: { seats: 5 }, reloadCount: 1 });
      if (name === 'acme') await groups('acme', 'eu');
      await set(name, plan, { seats: 6 });
      await eventually(() => expect(live).toMatchObject({ value: { seats: 6 }, error: undefined }));
    },
  );

  // K17
  it('keeps its last good value where what a group says is refused, though found only after an outage', async () => {
    await using world = await start();
    const { acme, proxy, troubles, set, groups } = world;
    await groups('acme', 'eu');
    await set('@eu', plan, { seats: 5 });
    using live = acme.live(plan);
    await eventually(() => expect(live.value).toMatchObject({ seats: 5 }));
    proxy.set('refuse');
    await eventually(() => expect(acme.peekEntry(plan)?.stale).toBe(true));
    await set('@eu', plan, { seats: 'many' });
    await heal(proxy);
    await eventually(() => expect(live.error?.code).toBe('INVALID_VALUE'));
    expect(live).toMatchObject({ value: { seats: 5 }, reloadCount: 1 });
    expect(await acme.entry(plan)).toMatchObject({ value: { seats: 5 }, stale: true });
    expect(troubles.filter(({ code }) => code === 'INVALID_VALUE')).toHaveLength(1);
    await set('@eu', plan, { seats: 6 });
    await eventually(() => expect(live).toMatchObject({ value: { seats: 6 }, error: undefined }));
  });

  // K17
  it.each(['acme', '@eu', '*'])('is not replaced by bytes that cannot be decoded, in %s', async name => {
    await using world = await start();
    const {
      acme,
      world: { apply },
      troubles,
      set,
      groups,
    } = world;
    await groups('acme', 'eu');
    await set(name, plan, { seats: 5 });
    using live = acme.live(plan);
    await eventually(() => expect(live.value).toMatchObject({ seats: 5 }));
    const broken = configPut(plan, 2, {});
    await apply(scope(name), {
      ...broken,
      envelope: Buffer.concat([(broken.envelope as Buffer).subarray(0, -1), Buffer.from([0xc1, 0xff])]),
    });
    await eventually(() => expect(live.error?.code).toBe('MALFORMED_ENVELOPE'));
    expect(live.value).toMatchObject({ seats: 5 });
    expect(await acme.entry(plan)).toMatchObject({ value: { seats: 5 }, stale: true });
    expect(troubles.map(({ code }) => code)).toContain('MALFORMED_ENVELOPE');
    await apply(scope(name), configPut(plan, 3, { seats: 6 }));
    await eventually(() => expect(live).toMatchObject({ value: { seats: 6 }, error: undefined }));
    expect(await acme.entry(plan)).toMatchObject({ value: { seats: 6 }, stale: false });
  });

  // K9
  it('is never missing and never torn for fifty readers during ten changes in each scope, over lost connections', async () => {
    await using world = await start();
    const { acme, proxy, set, groups } = world;
    await groups('acme', 'eu');
    await set('*', range, { min: 1, max: 1, note: '1' });
    await set('@eu', plan, { seats: 1, tags: ['1'] });
    await acme.getMany([range, plan]);
    using live = acme.live(plan);
    let writing = true;
    const writes = (async () => {
      for (let i = 2; i <= 11; i++) {
        await set('*', range, { min: i, max: i, note: String(i) });
        await set('@eu', plan, { seats: i, tags: [String(i)] });
        if (i % 4 === 0) proxy.cut();
      }
      writing = false;
    })();
    const read = async () => {
      for (let i = 0; i < 100 || writing; i++) {
        const one = i % 2 === 0 ? acme.peek(range) : await acme.get(range);
        const other = i % 2 === 0 ? acme.peek(plan) : i % 3 === 0 ? live.value : await acme.get(plan);
        if (!one || one.min !== one.max || one.note !== String(one.min)) throw new Error('torn or missing');
        if (!other || other.tags[0] !== String(other.seats)) throw new Error('torn or missing');
        await new Promise(resolve => setImmediate(resolve));
      }
    };
    await Promise.all([writes, ...Array.from({ length: 50 }, read)]);
    await eventually(() => expect([acme.peek(range)?.min, live.value.seats]).toEqual([11, 11]));
  });
});
