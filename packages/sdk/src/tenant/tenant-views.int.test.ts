import { defineConfig, GLOBAL_TENANT } from '@tenantry/protocol';
import { eventually, seededRandom } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import type { ChangeEvent, ChangePosition } from '../index.ts';
import { configPut, feature, limits } from '../published-configs.fixture.ts';
import { currencies, currencyPut, planById, planPut, startWorld } from '../world.fixture.ts';

describe('select and live', () => {
  it('follow one value of a tenant, and end with the client', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    acme
      .select(planById(1), plan => (plan?.seats ?? 0) > 2)
      .subscribe({
        next: isMany => seen.push(isMany),
        complete: () => seen.push('complete'),
      });
    const live = acme.live(limits);
    const changed: unknown[] = [];
    live.onChange((now, before) => changed.push([now, before]));
    await eventually(() => expect([seen, live.error?.code]).toEqual([[false], 'NOT_FOUND']));
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }), configPut(limits, 1, { most: 5 }));
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    await eventually(() => expect(seen).toEqual([false, true]));
    expect(live).toMatchObject({ value: { most: 5 }, error: undefined, reloadCount: 1 });
    expect(changed).toEqual([[{ most: 5 }, undefined]]);
    await client.close();
    expect(seen).toEqual([false, true, 'complete']);
    expect(live.value).toEqual({ most: 5 });
    expect(client.stats().watched).toBe(0);
  });

  it('work by themselves, too', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client();
    const { select, live, watchMany } = client.tenant('acme');
    expect(await firstValueFrom(select(planById(1), plan => plan?.seats))).toBe(1);
    expect(await firstValueFrom(watchMany({ plan: planById(1) }))).toMatchObject({ plan: { seats: 1 } });
    using plan = live(planById(1));
    await eventually(() => expect(plan.value).toMatchObject({ seats: 1 }));
  });

  it('report what a handler throws as trouble of the client', async () => {
    await using world = startWorld();
    const troubles: unknown[] = [];
    const client = await world.client({ onTrouble: error => troubles.push(error) });
    using live = client.tenant('acme').live(feature);
    live.onChange(() => {
      throw new TypeError('mine');
    });
    await world.apply('acme', configPut(feature, 1, { on: true }));
    await eventually(() => expect(live.value).toEqual({ on: true }));
    expect(troubles).toMatchObject([{ code: 'HANDLER_FAILED', cause: { message: 'mine' } }]);
  });
});

describe('many values', () => {
  it('are whole in every emission, although the connection is cut again and again and half of them are too large to push', async () => {
    // G4
    const random = seededRandom();
    await using faulty = await startFaultyWorld(8);
    const { world, proxy } = faulty;
    const write = (version: number) =>
      world.apply(
        'acme',
        ...[1, 2, 3].map(id =>
          planPut({ id, version: 3 * version + id, seats: version, ballast: id === 2 && version % 2 ? 8_000 : 0 }),
        ),
      );
    await write(0);
    const acme = (await faulty.client()).tenant('acme');
    const seen: (readonly unknown[])[] = [];
    const refs = { one: planById(1), two: planById(2), three: planById(3) };
    const watching = acme
      .watchMany(refs)
      .subscribe(({ one, two, three }) => seen.push([one?.seats, two?.seats, three?.seats]));
    for (let version = 1; version <= 60; version++) {
      await write(version);
      if (random.chance(0.1)) proxy.cut();
    }
    await eventually(() => expect(seen.at(-1)).toEqual([60, 60, 60]));
    for (const values of seen) expect(new Set(values).size, `seed ${random.seed}: ${values}`).toBe(1);
    expect(seen.map(([first]) => first)).toEqual([...new Set(seen.map(([first]) => first))]);
    watching.unsubscribe();
  });

  it('come by name or by ref, of a group, of all, and of the global tenant', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), configPut(feature, 1, { on: true }));
    await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
    const acme = (await world.client()).tenant('acme');
    const euro = currencies.by('code', { code: 'EUR' });
    const named = await firstValueFrom(acme.watchMany({ plan: planById(1), euro, feature }));
    expect(named).toMatchObject({ plan: { seats: 1 }, euro: { digits: 2 }, feature: { on: true } });
    expect(Object.isFrozen(named)).toBe(true);
    const byRef = await firstValueFrom(acme.watchMany([euro, feature]));
    expect([byRef.size, byRef.get(euro)?.digits, byRef.get(feature)?.on]).toEqual([2, 2, true]);
    const { schema } = feature;
    const grouped = defineConfig({ name: 'grouped', schema, default: { on: false }, group: 'features' });
    expect([...(await firstValueFrom(acme.watchGroup('features', [grouped, limits]))).keys()]).toEqual([grouped]);
    expect((await firstValueFrom(acme.watchAll([grouped, feature]))).get(feature)).toEqual({ on: true });
    expect(() => acme.watchGroup('fetaures', [grouped])).toThrow('None of the 1 configs is in the group "fetaures"');
    expect(() => acme.watchAll([])).toThrow('`configs` must be a list of at least one config, got an array of 0');
    expect(() => acme.watchAll([feature, euro] as never)).toThrow(
      '`configs[1]` must be a config, made by `defineConfig`',
    );
    expect(() => acme.watchMany({ a: 5 } as never)).toThrow(
      'A ref is a config of `defineConfig`, or is made by the `by`',
    );
  });
});

describe('changes', () => {
  it('go on from a position in another process, and say that there is a gap where the feed was trimmed', async () => {
    await using world = startWorld(undefined, 4);
    const client = await world.client();
    const events: ChangeEvent[] = [];
    const subscription = client
      .tenant('acme')
      .changes$()
      .subscribe(event => events.push(event));
    await eventually(() => expect(events).toMatchObject([{ kind: 'start' }]));
    for (let version = 1; version <= 3; version++)
      await world.apply('acme', planPut({ id: version, version, slug: `s${version}` }));
    await eventually(() => expect(events).toHaveLength(4));
    expect(events.at(-1)).toMatchObject({
      kind: 'changes',
      position: { seq: 3 },
      changes: [{ op: 'put', version: 3, addresses: ['plans:id:3', 'plans:slug:s3'] }],
    });
    subscription.unsubscribe();
    await eventually(() => expect(client.stats().followed).toBe(0));
    const from = JSON.parse(JSON.stringify(events[1]?.position)) as ChangePosition;
    const resumed: ChangeEvent[] = [];
    (await world.client())
      .tenant('acme')
      .changes$({ from })
      .subscribe(event => resumed.push(event));
    await eventually(() =>
      expect(resumed.map(({ kind, position }) => [kind, position.seq])).toEqual([
        ['start', 1],
        ['changes', 2],
        ['changes', 3],
      ]),
    );
    for (let version = 4; version <= 400; version++) await world.apply('acme', planPut({ id: 1, version }));
    const late: ChangeEvent[] = [];
    (await world.client())
      .tenant('acme')
      .changes$({ from })
      .subscribe(event => late.push(event));
    await eventually(() => expect(late).toMatchObject([{ kind: 'gap', position: { seq: 400 } }]));
    await world.apply('acme', planPut({ id: 1, version: 401 }));
    await eventually(() => expect(late.at(-1)).toMatchObject({ kind: 'changes', position: { seq: 401 } }));
    expect(late).toHaveLength(2);
    await eventually(() => expect(resumed).toHaveLength(401));
  });

  it('miss nothing and tell nothing twice, although the connection is cut again and again', async () => {
    const random = seededRandom();
    await using faulty = await startFaultyWorld(10_000);
    const { world, proxy } = faulty;
    // Before its first message nobody can tell what a feed has missed.
    await world.apply('acme', planPut({ id: 2, version: 1 }));
    const acme = (await faulty.client()).tenant('acme');
    const seqs: (number | string)[] = [];
    acme.changes$().subscribe(({ kind, position: { seq } }) => seqs.push(kind === 'changes' ? seq : kind));
    await eventually(() => expect(seqs).toEqual(['start']));
    for (let version = 1; version <= 100; version++) {
      await world.apply('acme', planPut({ id: 1, version }));
      if (random.chance(0.1)) proxy.cut();
    }
    await eventually(() => expect(seqs.at(-1)).toBe(101));
    expect(seqs, `seed ${random.seed}`).toEqual(['start', ...Array.from({ length: 100 }, (_, i) => i + 2)]);
  });

  it('say that there is a gap where Redis lost its data', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1 }));
    const acme = (await world.client()).tenant('acme');
    const kinds: string[] = [];
    acme.changes$().subscribe(({ kind }) => kinds.push(kind));
    await eventually(() => expect(kinds).toEqual(['start']));
    const keys = await world.redis.keys(`${world.prefix}*`);
    await world.redis.del(...keys);
    await world.apply('acme', planPut({ id: 1, version: 2 }));
    await eventually(() => expect(kinds).toContain('gap'));
  });

  it('are dropped and counted where a loop is slow, which nobody waits for; the loop ends with the client', async () => {
    // F5: there is no callback: the loop itself is told, in the place of what it missed, and `stats` counts for the others.
    await using world = startWorld();
    const client = await world.client();
    const acme = client.tenant('acme');
    const taking = acme.changes$({ bufferSize: 2 })[Symbol.asyncIterator]();
    expect((await taking.next()).value).toMatchObject({ kind: 'start' });
    for (let version = 1; version <= 5; version++) await world.apply('acme', planPut({ id: 1, version }));
    await eventually(() => expect(client.stats().changesDropped).toBe(3));
    expect((await taking.next()).value).toMatchObject({ kind: 'gap', dropped: 3, position: { seq: 3 } });
    expect((await taking.next()).value).toMatchObject({ kind: 'changes', position: { seq: 4 } });
    await client.close();
    expect((await taking.next()).value).toMatchObject({ kind: 'changes', position: { seq: 5 } });
    expect(await taking.next()).toMatchObject({ done: true });
  });

  it.each([
    [{ from: 5 }, '`from` must be a position: `{ epoch, seq, tag }`, got 5 (number)'],
    [{ from: { epoch: 'e', seq: -1 } }, '`from` must be a position'],
    [{ bufferSize: 0 }, '`bufferSize` must be a whole number from 1 to 1000000, got 0'],
    [{ since: 5 }, 'changes$ has no option "since"'],
  ])('refuse what is no place to begin: %o', async (options, message) => {
    await using world = startWorld();
    const acme = (await world.client()).tenant('acme');
    expect(() => acme.changes$(options as never)).toThrow(message);
  });
});

describe('a resource', () => {
  it('is made of a config, anew when it changes, and is closed before the client is', async () => {
    await using world = startWorld();
    await world.apply('acme', configPut(limits, 1, { most: 1 }));
    const client = await world.client();
    const log: string[] = [];
    const pool = client.tenant('acme').useResource(limits, {
      open: ({ most }) => {
        log.push(`open ${most}`);
        return { most };
      },
      check: ({ most }) => void log.push(`check ${most}`),
      close: async ({ most }) => void log.push(`close ${most}`),
    });
    expect(await pool.use(({ most }) => most)).toBe(1);
    await world.apply('acme', configPut(limits, 2, { most: 2 }));
    await eventually(async () => expect(await pool.use(({ most }) => most)).toBe(2));
    await eventually(() => expect(log).toEqual(['open 1', 'check 1', 'open 2', 'check 2', 'close 1']));
    await client.close();
    expect(log.at(-1)).toBe('close 2');
    await expect(pool.use(() => undefined)).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
