import { defineConfig, type TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { writer } from '../layered.fixture.ts';
import { configPut, configUnset, feature, limits, PATIENT } from '../published-configs.fixture.ts';
import { planById, planDelete, planPut } from '../world.fixture.ts';

async function start() {
  const faulty = await startFaultyWorld();
  const troubles: string[] = [];
  const onTrouble = (error: unknown) => troubles.push((error as TenantryError).code);
  const client = await faulty.client({ feedTimeoutMs: 1_000, onTrouble });
  const close = () => faulty[Symbol.asyncDispose]();
  return { ...faulty, client, acme: client.tenant('acme'), troubles, [Symbol.asyncDispose]: close };
}

describe('a live ref', () => {
  // K7
  it('is not replaced while nothing changes, however often the value is read, published and compared', async () => {
    await using faulty = await start();
    const { world, proxy, acme, client } = faulty;
    await world.apply('acme', configPut(limits, 1, { most: 1 }), planPut({ id: 1, version: 1, seats: 1 }));
    await acme.getMany([limits, planById(1)]);
    using config = acme.live(limits);
    using record = acme.live(planById(1));
    const before = [config.value, record.value];
    const calls: unknown[] = [];
    config.onChange((...args) => calls.push(args));
    record.onChange((...args) => calls.push(args));
    for (let version = 2; version <= 5; version++) {
      await world.apply('acme', configPut(limits, version, { most: 1 }), planPut({ id: 1, version, seats: 1 }));
      proxy.set(version % 2 === 0 ? 'refuse' : 'silent');
      await eventually(() => expect(acme.peekEntry(limits)?.stale).toBe(true));
      await heal(proxy);
      await eventually(async () => expect(await acme.entry(limits)).toMatchObject({ version, stale: false }));
    }
    expect([config.value, record.value]).toEqual(before);
    expect(config.value).toBe(before[0]);
    expect([config.reloadCount, record.reloadCount, calls]).toEqual([0, 0, []]);
    await world.apply('acme', configPut(limits, 9, { most: 9 }));
    await eventually(() => expect(calls).toEqual([[{ most: 9 }, { most: 1 }]]));
    expect(config.reloadCount).toBe(1);
    await client.close();
    expect(config.value).toEqual({ most: 9 });
  });

  // K8
  it('keeps its last good value where the record is deleted, also where it hears of that only after an outage', async () => {
    await using faulty = await start();
    const { world, proxy, acme } = faulty;
    await world.apply(
      'acme',
      planPut({ id: 1, version: 1, seats: 1 }),
      configPut(limits, 1, { most: 1 }),
      configPut(feature, 1, { on: true }),
    );
    using record = acme.live(planById(1));
    using config = acme.live(limits);
    using defaulted = acme.live(feature);
    await eventually(() => expect([record.value?.seats, config.value?.most, defaulted.value.on]).toEqual([1, 1, true]));
    proxy.set('refuse');
    await eventually(() => expect(acme.peekEntry(limits)?.stale).toBe(true));
    expect([record.error, config.error]).toEqual([undefined, undefined]);
    await world.apply('acme', planDelete(1, 2), configUnset(limits, 2), configUnset(feature, 2));
    await heal(proxy);
    await eventually(() => expect([record.error?.code, config.error?.code]).toEqual(['NOT_FOUND', 'NOT_FOUND']));
    expect([record.value?.seats, config.value?.most]).toEqual([1, 1]);
    await eventually(() => expect(defaulted).toMatchObject({ value: { on: false }, error: undefined }));
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }), configPut(limits, 3, { most: 3 }));
    await eventually(() => expect([record.value?.seats, config.value?.most]).toEqual([3, 3]));
    expect([record.error, config.error]).toEqual([undefined, undefined]);
  });
});

describe('a value that is refused', () => {
  // K17
  it.each([
    ['pushed', 0, false],
    ['too large to be pushed', 10_000, false],
    ['found after an outage', 0, true],
    ['too large, and found after an outage', 10_000, true],
  ])('leaves the last good one to every view, and is reported: %s', async (_, ballast, isAway) => {
    await using faulty = await start();
    const { world, proxy, acme, client, troubles } = faulty;
    const most = (n: unknown) => ({ most: n, ballast: 'x'.repeat(ballast) });
    await world.apply('acme', configPut(limits, 1, { most: 1 }), configPut(feature, 1, { on: true }));
    const [watched, selected, many]: [unknown[], unknown[], unknown[]] = [[], [], []];
    acme.watch(limits).subscribe(value => watched.push(value?.most));
    acme.select(limits, value => value?.most).subscribe(value => selected.push(value));
    acme.watchMany({ limits, feature }).subscribe(values => many.push([values.limits?.most, values.feature.on]));
    using live = acme.live(limits);
    const log: unknown[] = [];
    const pool = acme.useResource(limits, { open: value => log.push(value.most), close: () => undefined });
    await pool.use(() => undefined);
    await eventually(() => expect(many).toEqual([[1, true]]));
    if (isAway) {
      proxy.set('refuse');
      await eventually(() => expect(acme.peekEntry(limits)?.stale).toBe(true));
    }
    await world.apply('acme', configPut(limits, 2, most('many')));
    if (isAway) await heal(proxy);
    await eventually(() => expect(live.error?.code).toBe('INVALID_VALUE'));
    expect(troubles.filter(code => code === 'INVALID_VALUE')).toHaveLength(1);
    expect(await acme.entry(limits)).toMatchObject({ value: { most: 1 }, version: 1, stale: true });
    expect(live).toMatchObject({ value: { most: 1 } });
    // The others of its transaction, and those after it, go on.
    await world.apply('acme', configPut(limits, 3, most('more')), configPut(feature, 3, { on: false }));
    await eventually(() => expect(acme.peek(feature)).toEqual({ on: false }));
    await world.apply('acme', configPut(limits, 4, most(4)));
    await eventually(() => expect(live).toMatchObject({ value: { most: 4 }, error: undefined }));
    await eventually(() =>
      expect([watched, selected, log]).toEqual([
        [1, 4],
        [1, 4],
        [1, 4],
      ]),
    );
    await eventually(() => expect(many.at(-1)).toEqual([4, false]));
    await eventually(() => expect(client.health()).toBeNull());
  });
});

describe('a config with `expand`', () => {
  const dollars = (text: string) => text.replaceAll('%', '$');
  const schema = z.object({ host: z.string(), raw: z.string().optional(), open: z.string().optional() });
  const expand = ['TENANTRY_TEST_HOST', 'TENANTRY_TEST_GONE'];

  // K11
  it.each(['none', 'merge'] as const)(
    'is read with the variables of this process, replaced once: inherit %s',
    async inherit => {
      await using faulty = await start();
      const { world, acme } = faulty;
      process.env.TENANTRY_TEST_HOST = dollars('%{TENANTRY_TEST_GONE:-no}');
      try {
        const mail = defineConfig({ name: 'mail', schema, expand, inherit, ...PATIENT });
        const host = dollars('%{TENANTRY_TEST_HOST}.%{TENANTRY_TEST_GONE:-x}');
        const rest = { raw: dollars('\\%{TENANTRY_TEST_HOST}'), open: dollars('%{TENANTRY_TEST_HOST') };
        if (inherit === 'merge') {
          await writer(world).set('*', mail as never, { host });
          await writer(world).set('acme', mail as never, rest);
        } else await world.apply('acme', configPut(mail, 1, { host, ...rest }));
        const expanded = {
          host: dollars('%{TENANTRY_TEST_GONE:-no}.x'),
          raw: dollars('%{TENANTRY_TEST_HOST}'),
          open: dollars('%{TENANTRY_TEST_HOST'),
        };
        expect(await acme.get(mail)).toEqual(expanded);
        expect(acme.explain(mail)?.value).toEqual(expanded);
      } finally {
        delete process.env.TENANTRY_TEST_HOST;
      }
    },
  );
});

// K9: the plain one is in config-reads.int.test.ts, the inherited one in layers/layered-outage.int.test.ts.
it('a live ref is never without a value and never torn for fifty readers during ten changes, over lost connections', async () => {
  await using faulty = await start();
  const { world, proxy, acme } = faulty;
  const pair = defineConfig({ name: 'pair', schema: z.object({ a: z.number(), b: z.number() }), ...PATIENT });
  await world.apply('acme', configPut(pair, 1, { a: 1, b: 1 }));
  await acme.get(pair);
  using live = acme.live(pair);
  let writing = true;
  const writes = (async () => {
    for (let i = 2; i <= 11; i++) {
      await world.apply('acme', configPut(pair, i, { a: i, b: i }));
      if (i % 4 === 0) proxy.cut();
    }
    writing = false;
  })();
  const read = async () => {
    for (let i = 0; i < 100 || writing; i++) {
      const { value } = live;
      if (value === undefined || value.a !== value.b) throw new Error('torn or missing');
      await new Promise(resolve => setImmediate(resolve));
    }
  };
  await Promise.all([writes, ...Array.from({ length: 50 }, read)]);
  await eventually(() => expect(live.value?.a).toBe(11));
});
