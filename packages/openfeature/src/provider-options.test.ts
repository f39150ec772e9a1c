import { defineConfig, defineSync } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createProvider } from './create-provider.ts';
import { checkProviderOptions } from './provider-options.ts';

const client = { tenant: () => undefined } as unknown as Client;
const checkout = defineConfig({ name: 'checkout', schema: z.boolean() });
const plans = defineSync<{ id: number }>()({ name: 'plans', keys: { id: ['id'] } });

it('takes a list by the names of its configs, and an object by its keys', () => {
  expect([...checkProviderOptions(client, { configs: [checkout] }).configs]).toEqual([['checkout', checkout]]);
  expect([...checkProviderOptions(client, { configs: { pay: checkout } }).configs]).toEqual([['pay', checkout]]);
});

it('has a default for all that is left out', () => {
  const options = checkProviderOptions(client, { configs: [] });
  expect(options.initializeTimeoutMs).toBe(5_000);
  expect(options.tenantOf({ targetingKey: 'acme' })).toBe('acme');
  expect(options.isDisabled({ enabled: false }, 'checkout')).toBe(false);
});

it.each([
  [{}, '`configs` must be a list of configs, or an object of them by flag key, got undefined.'],
  [{ configs: [plans] }, '`configs` must be a list of configs, or an object of them by flag key, got an array of 1.'],
  [{ configs: { a: null } }, '`configs` must be a list of configs, or an object of them by flag key, got an object.'],
  [{ configs: [], tenantOf: 'x' }, '`tenantOf` must be a function, got "x" (string).'],
  [{ configs: [], isDisabled: true }, '`isDisabled` must be a function, got true (boolean).'],
  [{ configs: [], initializeTimeoutMs: 0 }, '`initializeTimeoutMs` must be a whole number from 1 to 2147483647, got 0'],
  [{ configs: [], tenant: 'x' }, 'createProvider has no option "tenant"; it has configs, tenantOf, isDisabled,'],
])('shows what arrived: %o', (options, message) => {
  expect(() => createProvider(client, options as never)).toThrow(message);
});

it('wants a client', () => {
  expect(() => createProvider(undefined as never, { configs: [] })).toThrow('must be a client of `createClient`');
});
