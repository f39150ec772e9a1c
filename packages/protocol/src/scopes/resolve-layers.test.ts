import { describe, expect, it } from 'vitest';
import { config, layersOf } from './layers.fixture.ts';
import { type Layer, type Resolution, resolveLayers } from './resolve-layers.ts';

const fieldsOf = ({ fields }: Resolution) => Object.fromEntries(fields.map(({ path, scope }) => [path, scope]));
const kindsOf = ({ layers }: Resolution) => layers.map(({ kind }) => kind);

describe('a config that inherits nothing', () => {
  it('has the value of its own layer, or the default', () => {
    const none = config('none', { defaultJson: '"default"' });
    expect(resolveLayers(none, layersOf('own', 'above'))).toEqual({
      value: 'own',
      layers: [
        { scope: 'tenants/acme', version: 1, value: 'own', kind: 'set' },
        { scope: 'default', version: undefined, value: 'default', kind: 'default' },
      ],
      fields: [{ path: '', scope: 'tenants/acme' }],
    });
    expect(resolveLayers(none, layersOf(undefined, 'above')).value).toBe('default');
    expect(resolveLayers(config('none'), layersOf(undefined, 'above'))).toEqual({
      value: undefined,
      layers: [{ scope: 'tenants/acme', version: undefined, value: undefined, kind: 'inherited' }],
      fields: [],
    });
  });
});

describe('a config that is replaced', () => {
  const replace = config('replace', { defaultJson: '{"a":0}' });

  it('has the value of the nearest layer as a whole', () => {
    const resolution = resolveLayers(replace, layersOf(undefined, { b: 1 }, { a: 2 }, { a: 3 }));
    expect(resolution.value).toEqual({ b: 1 });
    expect(resolution.fields).toEqual([{ path: '', scope: 'groups/vip' }]);
    expect(kindsOf(resolution)).toEqual(['inherited', 'set', 'set', 'set', 'default']);
  });

  // R13 (reader)
  it('tells unset, null and inherited apart', () => {
    const unset: Layer = { scope: 'tenants/acme', version: 4, value: undefined };
    const [, vip, eu, global] = layersOf(undefined, undefined, null, { a: 3 }) as [Layer, Layer, Layer, Layer];
    const resolution = resolveLayers(replace, [unset, vip, eu, global]);
    expect(resolution.value).toBeNull();
    expect(kindsOf(resolution)).toEqual(['unset', 'inherited', 'null', 'set', 'default']);
    expect(resolution.layers[0]).toEqual({ scope: 'tenants/acme', version: 4, value: undefined, kind: 'unset' });
  });

  it('has the default where no layer has a value, and nothing where there is none', () => {
    expect(resolveLayers(replace, layersOf(undefined, undefined))).toMatchObject({
      value: { a: 0 },
      fields: [{ path: '', scope: 'default' }],
    });
    expect(resolveLayers(config('replace'), [])).toEqual({ value: undefined, layers: [], fields: [] });
  });
});

describe('a config that is merged', () => {
  const merge = config('merge');

  it('has each property from the nearest layer that has it, over the default', () => {
    const withDefault = config('merge', { defaultJson: '{"size":12,"color":{"text":"black","back":"white"}}' });
    const resolution = resolveLayers(
      withDefault,
      layersOf({ color: { text: 'red' } }, undefined, { size: 14 }, { font: 'serif', color: { text: 'blue' } }),
    );
    expect(resolution.value).toEqual({ size: 14, font: 'serif', color: { text: 'red', back: 'white' } });
    expect(fieldsOf(resolution)).toEqual({
      '/size': 'groups/eu',
      '/font': 'global',
      '/color/text': 'tenants/acme',
      '/color/back': 'default',
    });
  });

  // R13 (reader)
  it('takes `null` for a value: it hides what lies behind, and a nearer object is not merged with it', () => {
    expect(resolveLayers(merge, layersOf({ a: null }, { a: { b: 1 } }))).toMatchObject({
      value: { a: null },
      fields: [{ path: '/a', scope: 'tenants/acme' }],
    });
    expect(resolveLayers(merge, layersOf({ a: { c: 2 } }, { a: null }, { a: { b: 1 } })).value).toEqual({
      a: { c: 2 },
    });
    expect(resolveLayers(merge, layersOf(null, { a: 1 }))).toMatchObject({ value: null, fields: [{ path: '' }] });
  });

  // R14 (reader)
  it('lets the order of the groups decide, and shows both', () => {
    const [own, vip, eu, global] = layersOf(undefined, { a: 1 }, { a: 2 }, { a: 3 }) as [Layer, Layer, Layer, Layer];
    const resolution = resolveLayers(merge, [own, vip, eu, global]);
    expect(resolution.value).toEqual({ a: 1 });
    expect(resolution.layers.map(({ value }) => value)).toEqual([undefined, { a: 1 }, { a: 2 }, { a: 3 }]);
    expect(resolveLayers(merge, [own, eu, vip, global]).value).toEqual({ a: 2 });
  });

  it.each<[what: string, values: unknown[], merged: unknown]>([
    ['a list', [{ a: [1] }, { a: [2, 3] }], { a: [1] }],
    ['an empty list', [{ a: [] }, { a: [2, 3] }], { a: [] }],
    ['a list over an object', [{ a: [1] }, { a: { b: 1 } }], { a: [1] }],
    ['an object over a list', [{ a: { b: 1 } }, { a: [1] }, { a: { c: 1 } }], { a: { b: 1 } }],
    ['a text', ['x', { a: 1 }], 'x'],
    [
      'false, nought and the empty text',
      [
        { a: false, b: 0, c: '' },
        { a: 1, b: 1, c: 1 },
      ],
      { a: false, b: 0, c: '' },
    ],
  ])('takes %s as a whole', (_, values, merged) => {
    expect(resolveLayers(merge, layersOf(...values)).value).toEqual(merged);
  });

  it('has the properties and items of the farthest layer first', () => {
    const { value } = resolveLayers(merge, layersOf({ c: 1, b: 1 }, { b: 2, a: 2 }));
    expect(Object.keys(value as object)).toEqual(['b', 'a', 'c']);
  });

  it('names each part by its JSON Pointer', () => {
    const value = { '': 1, 'a/b': { '~': [1] }, e: {}, l: [] };
    const { fields } = resolveLayers(merge, layersOf(value));
    expect(fields.map(({ path }) => path)).toEqual(['/', '/a~1b/~0', '/e', '/l']);
  });

  it('takes a property called `__proto__` for one like any other', () => {
    const hostile = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
    const { value, fields } = resolveLayers(merge, layersOf(hostile, { a: 1 }, hostile));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { admin?: unknown }).admin).toBeUndefined();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
    expect(JSON.parse(JSON.stringify(value))).toEqual({ ...JSON.parse(JSON.stringify(hostile)), a: 1 });
    expect(fields.map(({ path }) => path)).toContain('/__proto__/admin');
  });

  it('is read-only in depth, with all that it shows', () => {
    const resolution = resolveLayers(
      config('merge', { defaultJson: '{"d":{"e":1}}' }),
      layersOf({ a: { b: [{}] } }, { c: {} }),
    );
    const holds = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(holds));
    expect(holds(resolution)).toBe(true);
  });
});

describe('a list that is merged by a key', () => {
  const plans = config('merge', { mergeListsBy: { '/plans': 'id', '/plans/*/limits': 'name' } });

  it('has the items of all layers, each merged with the one of its key', () => {
    const resolution = resolveLayers(
      plans,
      layersOf(
        { plans: [{ id: 'gold', seats: 9 }, { id: 'own' }] },
        {
          plans: [
            { id: 'free', seats: 1 },
            { id: 'gold', seats: 5, color: 'yellow' },
          ],
        },
      ),
    );
    expect(resolution.value).toEqual({
      plans: [{ id: 'free', seats: 1 }, { id: 'gold', seats: 9, color: 'yellow' }, { id: 'own' }],
    });
    expect(fieldsOf(resolution)).toEqual({
      '/plans/0/id': 'groups/vip',
      '/plans/0/seats': 'groups/vip',
      '/plans/1/id': 'tenants/acme',
      '/plans/1/seats': 'tenants/acme',
      '/plans/1/color': 'groups/vip',
      '/plans/2/id': 'tenants/acme',
    });
  });

  it('may be in the items of another one, and may be the whole value', () => {
    const near = { plans: [{ id: 1, limits: [{ name: 'a', n: 2 }] }] };
    const far = {
      plans: [
        {
          id: 1,
          limits: [
            { name: 'a', n: 1 },
            { name: 'b', n: 1 },
          ],
        },
      ],
    };
    expect(resolveLayers(plans, layersOf(near, far)).value).toEqual({
      plans: [
        {
          id: 1,
          limits: [
            { name: 'a', n: 2 },
            { name: 'b', n: 1 },
          ],
        },
      ],
    });
    const whole = config('merge', { mergeListsBy: { '': 'id' } });
    expect(resolveLayers(whole, layersOf([{ id: 2 }], [{ id: 1 }])).value).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('tells the number 1 from the text', () => {
    expect(resolveLayers(plans, layersOf({ plans: [{ id: 1 }] }, { plans: [{ id: '1' }] })).value).toEqual({
      plans: [{ id: '1' }, { id: 1 }],
    });
  });

  it.each<[what: string, near: unknown[], far: unknown[]]>([
    ['an item without the key', [{ seats: 1 }], [{ id: 1 }]],
    ['an item that is no object', [1], [{ id: 1 }]],
    ['a key that is null', [{ id: null }], [{ id: 1 }]],
    ['the same key twice', [{ id: 1 }, { id: 1 }], [{ id: 2 }]],
    ['an item without the key behind it', [{ id: 1 }], [{ seats: 1 }]],
    ['a key that only its prototype has', [Object.create({ id: 1 })], [{ id: 1 }]],
  ])('with %s replaces the one behind it', (_, near, far) => {
    const { value } = resolveLayers(plans, layersOf({ plans: near }, { plans: far }));
    expect(value).toEqual({ plans: near });
  });

  it('that is empty adds nothing, and is the whole list where there is no other', () => {
    expect(resolveLayers(plans, layersOf({ plans: [] }, { plans: [{ id: 1 }] })).value).toEqual({ plans: [{ id: 1 }] });
    expect(resolveLayers(plans, layersOf({ plans: [] }, { plans: [] }))).toMatchObject({
      value: { plans: [] },
      fields: [{ path: '/plans', scope: 'tenants/acme' }],
    });
  });
});
