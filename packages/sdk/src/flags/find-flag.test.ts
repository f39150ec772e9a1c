import { defineConfig } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { findFlag, valueAt } from './find-flag.ts';

const config = (name: string) => defineConfig({ name, schema: z.unknown() });
const configs = new Map(['checkout', 'checkout.new', 'shop/cart'].map(name => [name, config(name)]));

it.each([
  ['checkout', 'checkout', []],
  ['checkout.old', 'checkout', ['old']],
  ['checkout.old.a', 'checkout', ['old', 'a']],
  ['checkout.new', 'checkout.new', []],
  ['checkout.new.a.b', 'checkout.new', ['a', 'b']],
  ['shop/cart.items', 'shop/cart', ['items']],
])('"%s" is of the config with the longest name that fits', (key, name, path) => {
  expect(findFlag(configs, key)).toEqual({ config: configs.get(name), path });
});

it.each(['', '.', '.checkout', 'check', 'checkouts', 'shop', 'constructor', '__proto__', undefined, null, 5])(
  '"%s" names no config',
  key => {
    expect(findFlag(configs, key as string)).toBeUndefined();
  },
);

it.each([
  [0, [], 0],
  [null, [], null],
  [{ a: { b: false } }, ['a', 'b'], false],
  [{ a: null }, ['a'], null],
  [[5], ['0'], 5],
  [[5], ['length'], undefined],
  [{ a: null }, ['a', 'b'], undefined],
  [{ a: 'text' }, ['a', 'length'], undefined],
  [{}, ['constructor'], undefined],
  [{}, ['__proto__'], undefined],
  [undefined, ['a'], undefined],
])('of %o the path %o leads to %o', (value, path, found) => {
  expect(valueAt(value, path)).toBe(found);
});
