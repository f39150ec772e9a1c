import { type ConfigOptions, defineConfig } from '@tenantry/protocol';
import { type } from 'arktype';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { configFingerprint, digest } from './fingerprints.ts';

const of = (options: Partial<ConfigOptions> = {}) =>
  configFingerprint(defineConfig({ name: 'x', schema: z.object({ a: z.number() }), ...options } as ConfigOptions));
const [options, schema] = of().split('.');

it('two definitions that say the same have one fingerprint', () => {
  expect(of()).toBe(of());
  expect(digest({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(digest({ b: [{ d: 3, c: 2 }], a: 1 }));
});

it.each<[string, Partial<ConfigOptions>]>([
  ['inherit', { inherit: 'merge' }],
  ['writePolicy', { writePolicy: 'write-back' }],
  ['secret', { secret: true }],
  ['configKey', { configKey: 'y' }],
  ['cache', { cache: 'local' }],
  ['ttl', { ttl: '1h' }],
  ['maxBytes', { maxBytes: 100 }],
  ['aliases', { aliases: ['y'] }],
  ['default', { default: { a: 1 } }],
  ['expand', { expand: ['HOME'] }],
])('%s is a part of it', (_, changed) => {
  expect(of(changed).split('.')[0]).not.toBe(options);
  expect(of(changed).split('.')[1]).toBe(schema);
});

it.each<[string, Partial<ConfigOptions>]>([
  ['databaseTimeout', { databaseTimeout: '9s' }],
  ['group', { group: 'labels' }],
  ['keepRevisions', { keepRevisions: 3 }],
])('%s is none: it changes neither what is stored nor what is read', (_, changed) => {
  expect(of(changed)).toBe(of());
});

it('the schema is a part of it where its library can say it', () => {
  const changed = of({ schema: z.object({ a: z.number(), b: z.string() }) });
  expect(changed.split('.')[0]).toBe(options);
  expect(changed.split('.')[1]).not.toBe(schema);
  expect(of({ schema: type({ a: 'string.date.parse' }).pipe(() => 1) as never }).split('.')[1]).toMatch(/^(-|\S{12})$/);
});

it('no value of a secret is in it: it could be guessed', () => {
  const secret = (password: string) =>
    of({ secret: true, schema: z.string().default(password) as never, default: password });
  expect(secret('a')).toBe(secret('b'));
});
