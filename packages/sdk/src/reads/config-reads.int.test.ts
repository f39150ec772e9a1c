// Configs as refs, without a source: what Redis and the feed say.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import type { Entry } from '../memory/entry.ts';
import { configPut, configUnset, feature, limits } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';

describe('a config', () => {
  it('reads as what its schema makes of the stored value: once per version, frozen, the same for every reader', async () => {
    // A1, L48
    await using world = startWorld();
    let parsed = 0;
    const schema = z.object({ until: z.string() }).transform(({ until }) => {
      parsed++;
      return { until: new Date(until), parts: ['a'] };
    });
    const term = defineConfig({ name: 'term', schema });
    await world.apply('acme', configPut(term, 3, { until: '2030-01-01T00:00:00.000Z' }));
    const acme = (await world.client()).tenant('acme');
    const term1 = await acme.get(term);
    expect(term1?.until.getFullYear()).toBe(2030);
    expect(await acme.get(term)).toBe(term1);
    expect(acme.peek(term)).toBe(term1);
    expect(parsed).toBe(1);
    expect(() => term1?.parts.push('b')).toThrow(TypeError);
    expect(await acme.entry(term)).toMatchObject({ version: 3, updatedAt: 1_003, origin: 'memory', stale: false });
    await world.apply('acme', configPut(term, 4, { until: '2031-01-01T00:00:00.000Z' }));
    await eventually(() => expect(acme.peek(term)?.until.getFullYear()).toBe(2031));
    expect(parsed).toBe(2);
  });

  it('takes null for a value, and its default only where nothing is set', async () => {
    // L3, G2
    await using world = startWorld();
    const nullable = defineConfig({ name: 'nullable', schema: z.number().nullable(), default: 7 });
    const acme = (await world.client()).tenant('acme');
    expect(acme.peek(nullable)).toBeUndefined();
    expect(await acme.entry(nullable)).toMatchObject({ value: 7, version: undefined, origin: 'default', stale: false });
    expect(acme.peek(nullable)).toBe(7);
    await world.apply('acme', configPut(nullable, 1, null));
    await eventually(() => expect(acme.peek(nullable)).toBeNull());
    expect(await acme.getMany([nullable, limits])).toEqual([null, undefined]);
    await world.apply('acme', configUnset(nullable, 2));
    await eventually(() => expect(acme.peek(nullable)).toBe(7));
  });

  it('is watched with its default, each value, and the default again', async () => {
    // F14
    await using world = startWorld();
    const acme = (await world.client()).tenant('acme');
    const [seen, entries]: [unknown[], Entry<unknown>[]] = [[], []];
    const watching = [
      acme.watch(feature).subscribe(value => seen.push(value.on)),
      acme.watchEntry(feature).subscribe(entry => entries.push(entry)),
    ];
    await eventually(() => expect(seen).toEqual([false]));
    await world.apply('acme', configPut(feature, 1, { on: true }));
    await eventually(() => expect(seen).toEqual([false, true]));
    await world.apply('acme', configUnset(feature, 2));
    await eventually(() => expect(seen).toEqual([false, true, false]));
    expect(entries.at(-1)).toMatchObject({ value: { on: false }, origin: 'default', stale: false });
    for (const one of watching) one.unsubscribe();
  });

  it('keeps its last good value, stale, where the schema refuses the next, and says so', async () => {
    // K8, K17
    await using world = startWorld();
    const troubles: { code: string }[] = [];
    await world.apply('acme', configPut(limits, 1, { most: 1 }));
    const client = await world.client({ onTrouble: error => troubles.push(error as never) });
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(limits).subscribe(value => seen.push(value?.most));
    await eventually(() => expect(seen).toEqual([1]));
    await world.apply('acme', configPut(limits, 2, { most: 'many' }));
    await eventually(() => expect(troubles).toMatchObject([{ code: 'INVALID_VALUE' }]));
    expect(await acme.entry(limits)).toMatchObject({ value: { most: 1 }, version: 1, stale: true });
    await world.apply('acme', configPut(limits, 3, { most: 3 }));
    await eventually(() => expect(seen).toEqual([1, 3]));
    expect(await acme.entry(limits)).toMatchObject({ version: 3, stale: false });
    watching.unsubscribe();
  });

  it('that nobody here has read, and that its schema refuses, is an error, or the default', async () => {
    // K17, L50
    await using world = startWorld();
    await world.apply('acme', configPut(limits, 1, 'odd'), configPut(feature, 1, { on: 'odd' }));
    const acme = (await world.client()).tenant('acme');
    await expect(acme.get(limits)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(await acme.entry(feature)).toMatchObject({ value: { on: false }, origin: 'default', stale: true });
    const seen: unknown[] = [];
    const watching = acme.watch(feature).subscribe(value => seen.push(value.on));
    await eventually(() => expect(seen).toEqual([false]));
    await world.apply('acme', configPut(feature, 2, { on: true }));
    await eventually(() => expect(seen).toEqual([false, true]));
    watching.unsubscribe();
  });

  it('gives a schema that fills in what is missing an object of its own', async () => {
    await using world = startWorld();
    const validate = (value: unknown) => ({ value: Object.assign(value as object, { filled: true }) });
    const filled = defineConfig({ name: 'filled', schema: { '~standard': { version: 1, vendor: 'test', validate } } });
    await world.apply('acme', configPut(filled, 1, { a: 1 }));
    expect(await (await world.client()).tenant('acme').get(filled)).toEqual({ a: 1, filled: true });
  });

  it('is never seen half changed or missing by fifty readers during ten changes', async () => {
    // K9
    await using world = startWorld();
    const pair = defineConfig({ name: 'pair', schema: z.object({ a: z.number(), b: z.number() }) });
    await world.apply('acme', configPut(pair, 1, { a: 1, b: 1 }));
    const acme = (await world.client()).tenant('acme');
    await acme.get(pair);
    let writing = true;
    const writes = (async () => {
      for (let i = 2; i <= 11; i++) await world.apply('acme', configPut(pair, i, { a: i, b: i }));
      writing = false;
    })();
    const read = async () => {
      for (let i = 0; i < 100 || writing; i++) {
        const now = i % 2 === 0 ? acme.peek(pair) : await acme.get(pair);
        if (now === undefined || now.a !== now.b) throw new Error('torn or missing');
        await nextTurn();
      }
    };
    await Promise.all([writes, ...Array.from({ length: 50 }, read)]);
    await eventually(() => expect(acme.peek(pair)?.a).toBe(11));
  });
});

describe('a default', () => {
  it('is what there is while Redis is away, marked stale, to read and to watch', async () => {
    // L19, G2
    await using faulty = await startFaultyWorld();
    faulty.proxy.set('refuse');
    const acme = (await faulty.client()).tenant('acme');
    expect(await acme.entry(feature)).toMatchObject({ value: { on: false }, origin: 'default', stale: true });
    await expect(acme.get(limits)).rejects.toMatchObject({ retryable: true });
    const seen: unknown[] = [];
    const watching = acme.watch(feature).subscribe(value => seen.push(value.on));
    await eventually(() => expect(seen).toEqual([false]));
    await faulty.world.apply('acme', configPut(feature, 1, { on: true }));
    faulty.proxy.set('pass');
    await eventually(() => expect(seen).toEqual([false, true]));
    watching.unsubscribe();
  });
});

describe('the end of a value', () => {
  it('gives the default or nothing at once, without a message, also to those who watch', async () => {
    // H1, H2, H5, L6, L7
    await using world = startWorld();
    let now = Date.now();
    const expiresAt = now + 60_000;
    await world.apply('acme', configPut(feature, 1, { on: true }, { expiresAt }), configPut(limits, 1, { most: 1 }));
    const acme = (await world.client({ clock: () => now })).tenant('acme');
    expect(await acme.get(feature)).toEqual({ on: true });
    now = expiresAt;
    expect(acme.peek(feature)).toEqual({ on: false });
    expect(await acme.get(feature)).toEqual({ on: false });
    // In the past already when it is set.
    await world.apply('acme', configPut(limits, 2, { most: 2 }, { expiresAt: now - 1, dropAt: 0 }));
    expect(await acme.get(limits)).toEqual(undefined);
    // Longer than Node's timers can wait.
    await world.apply('acme', configPut(feature, 2, { on: true }, { expiresAt: now + 40 * 86_400_000 }));
    const seen: unknown[] = [];
    const watching = acme.watch(feature).subscribe(value => seen.push(value.on));
    await eventually(() => expect(seen.at(-1)).toBe(true));
    await world.apply('acme', configPut(feature, 3, { on: true }, { expiresAt: now + 150 }));
    await eventually(() => expect(acme.peekEntry(feature)?.version).toBe(3));
    now += 150;
    await eventually(() => expect(seen.at(-1)).toBe(false));
    watching.unsubscribe();
  });
});
