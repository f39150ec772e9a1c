import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { caught } from '../caught.fixture.ts';
import { configAddress, isConfig } from './config-definition.ts';
import type { ConfigOptions } from './config-options.ts';
import { encodeConfigValue, parseConfigValue } from './config-value.ts';
import { defineConfig } from './define-config.ts';
import { defineSync } from './define-sync.ts';

const schema = z.object({ color: z.string(), size: z.number().default(12) });
const base = { name: 'ui/theme', schema };
const define = (options: object) => defineConfig({ ...base, ...options } as ConfigOptions);

describe('defineConfig', () => {
  it('has a default for everything but name and schema', () => {
    expect(defineConfig(base)).toEqual({
      kind: 'config',
      name: 'ui/theme',
      tenant: '@tenant',
      address: '@config:ui%2Ftheme',
      definition: expect.anything(),
      schema,
      aliases: [],
      groups: [],
      inherit: 'none',
      mergeListsBy: {},
      writePolicy: 'write-through',
      durability: 'memory',
      ttlMs: undefined,
      ttlJitter: 0,
      maxStaleMs: undefined,
      retryThrottleMs: 1_000,
      negativeTtlMs: 5_000,
      eagerRefresh: undefined,
      configKey: 'ui/theme',
      cacheKey: 'ui/theme',
      cache: 'replicated',
      persistence: 'database',
      databaseTimeoutMs: 2_000,
      cacheTimeoutMs: 200,
      maxBytes: 262_144,
      keepRevisions: undefined,
      secret: false,
      expand: [],
      default: undefined,
      defaultJson: undefined,
    });
  });

  it.each<[options: object, change: object]>([
    [{ name: 'other' }, { name: 'other', configKey: 'other', cacheKey: 'other', address: '@config:other' }],
    [{ default: { color: 'red' } }, { default: { color: 'red', size: 12 }, defaultJson: '{"color":"red"}' }],
    [{ aliases: ['theme', 'ui/colors'] }, { aliases: ['theme', 'ui/colors'], configKey: 'ui/theme' }],
    [{ group: 'ui' }, { groups: ['ui'] }],
    [{ group: ['ui', 'public', 'ui'] }, { groups: ['ui', 'public'] }],
    [{ inherit: 'replace' }, { inherit: 'replace' }],
    [
      { inherit: 'merge', mergeListsBy: { '/a~1b/*/c': 'id', '': 'key' } },
      { inherit: 'merge', mergeListsBy: { '/a~1b/*/c': 'id', '': 'key' } },
    ],
    [{ writePolicy: 'write-around' }, { writePolicy: 'write-around' }],
    [{ writePolicy: 'write-back', durability: { replicas: 2 } }, { durability: { replicas: 2 } }],
    [
      { ttl: '1h', ttlJitter: 0.1 },
      { ttlMs: 3_600_000, ttlJitter: 0.1 },
    ],
    [
      { ttl: '2d', maxStale: 60_000 },
      { ttlMs: 172_800_000, maxStaleMs: 60_000 },
    ],
    [{ retryThrottle: '250ms' }, { retryThrottleMs: 250 }],
    [{ negativeTtl: '1.5s' }, { negativeTtlMs: 1_500 }],
    [{ ttl: '1m', eagerRefresh: 0.8 }, { eagerRefresh: 0.8 }],
    [{ configKey: 'theme' }, { configKey: 'theme', cacheKey: 'theme', address: '@config:theme' }],
    [{ cacheKey: 'theme' }, { configKey: 'ui/theme', cacheKey: 'theme', address: '@config:theme' }],
    [{ cache: 'local' }, { cache: 'local' }],
    [{ persistence: 'none' }, { persistence: 'none' }],
    [{ databaseTimeout: '5s' }, { databaseTimeoutMs: 5_000 }],
    [{ cacheTimeout: '50ms' }, { cacheTimeoutMs: 50 }],
    [{ maxBytes: 10 }, { maxBytes: 10 }],
    [{ keepRevisions: 5 }, { keepRevisions: 5 }],
    [{ secret: true }, { secret: true }],
    [{ expand: ['REGION'] }, { expand: ['REGION'] }],
  ])('takes %j', (options, change) => {
    expect(define(options)).toMatchObject(change);
  });

  // A15
  it.each<[options: object | undefined, what: RegExp]>([
    [{ name: '' }, /name of a config must be 1 to 120 characters/],
    [{ name: 'a b' }, /name of a config/],
    [{ name: '../x' }, /name of a config/],
    [{ name: '/x' }, /name of a config/],
    [{ name: 'x/' }, /name of a config/],
    [{ name: 'x'.repeat(121) }, /name of a config must be 1 to 120 characters/],
    [{ name: 7 }, /name of a config/],
    [{ schema: undefined }, /`schema` must be a Standard Schema/],
    [{ schema: {} }, /`schema` must be a Standard Schema/],
    [{ wirtePolicy: 'write-back' }, /no such option/],
    [{ aliases: 'theme' }, /`aliases` must be a list of names/],
    [{ aliases: ['a b'] }, /an alias must be/],
    [{ aliases: [7] }, /an alias must be/],
    // K2
    [{ aliases: ['theme', 'ui/theme'] }, /"ui\/theme": it cannot be an alias of itself/],
    [{ aliases: ['theme', 'theme'] }, /the alias "theme" is in the list twice/],
    [{ group: '' }, /a group must be/],
    [{ group: ['ui', 'a b'] }, /a group must be/],
    [{ group: 7 }, /`group` must be/],
    [{ inherit: 'all' }, /none, replace, merge, got "all"/],
    [{ inherit: 'merge', mergeListsBy: ['a'] }, /`mergeListsBy` must be JSON Pointers to lists/],
    [{ inherit: 'merge', mergeListsBy: { plans: 'id' } }, /`mergeListsBy` must be JSON Pointers to lists/],
    [{ inherit: 'merge', mergeListsBy: { '/a~2': 'id' } }, /`mergeListsBy` must be/],
    [{ inherit: 'merge', mergeListsBy: { '/plans': '' } }, /`mergeListsBy` must be/],
    [{ writePolicy: 'write-behind' }, /write-through, write-around, write-back, got "write-behind"/],
    [{ cache: true }, /replicated, local, off, got true/],
    [{ persistence: 'disk' }, /database, none/],
    [{ ttl: 'soon' }, /`ttl` must be a duration of at least 1 ms/],
    [{ ttl: 0 }, /`ttl` must be a duration/],
    [{ ttl: -1 }, /`ttl` must be a duration/],
    [{ ttl: Number.POSITIVE_INFINITY }, /`ttl` must be a duration/],
    [{ ttl: '1m', ttlJitter: 2 }, /`ttlJitter` must be a number from 0 to 1/],
    [{ ttl: '1m', eagerRefresh: 1 }, /`eagerRefresh` must be a number between 0 and 1/],
    [{ writePolicy: 'write-back', durability: 'disk' }, /`durability` must be/],
    [{ writePolicy: 'write-back', durability: { replicas: 0 } }, /`durability` must be/],
    [{ configKey: 'a b' }, /its `configKey` must be/],
    [{ cacheKey: '' }, /its `cacheKey` must be/],
    [{ maxBytes: 0 }, /`maxBytes` must be a whole number/],
    [{ keepRevisions: 1.5 }, /`keepRevisions` must be a whole number/],
    [{ secret: 'yes' }, /`secret` must be true or false/],
    [{ expand: true }, /`expand` must be a list of names of environment variables/],
    [{ expand: ['A-B'] }, /`expand` must be a list of names/],
    [{ expand: ['A\n'] }, /`expand` must be a list of names/],
    [{ default: { color: 7 } }, /The default of "ui\/theme": its schema refuses the value: color/],
    [{ default: { color: 1n } }, /The default of .* not JSON/],
  ])('refuses %o', (options, what) => {
    const error = caught(() => define(options ?? {}));
    expect(error).toMatchObject({ code: 'INVALID_DEFINITION' });
    expect((error as Error).message).toMatch(what);
  });

  it.each<[options: object, why: RegExp]>([
    [{ persistence: 'none', writePolicy: 'write-back' }, /no database that write-back could write to/],
    [{ persistence: 'none', writePolicy: 'write-around' }, /no database that write-around/],
    [{ persistence: 'none', cache: 'local' }, /keep the value nowhere/],
    [{ persistence: 'none', keepRevisions: 3 }, /has no database/],
    [{ persistence: 'none', ttl: '1s', maxStale: '1s' }, /nothing to load from/],
    [{ writePolicy: 'write-back', cache: 'off' }, /keeps what is not yet in the database in Redis/],
    [{ durability: 'fsync' }, /for write-back alone/],
    [{ cache: 'off', ttl: '1s' }, /keeps nothing that a `ttl` could end/],
    [{ ttlJitter: 0.5 }, /need a `ttl`/],
    [{ mergeListsBy: { '/plans': 'id' } }, /it needs `inherit: 'merge'`/],
    [{ inherit: 'replace', mergeListsBy: { '/plans': 'id' } }, /it needs `inherit: 'merge'`/],
    [{ inherit: 'merge', persistence: 'none' }, /`inherit: 'merge'` needs the database/],
    [
      { inherit: 'replace', writePolicy: 'write-back' },
      /as soon as they are set: leave `writePolicy: 'write-back'` out/,
    ],
    [{ inherit: 'merge', writePolicy: 'write-around' }, /are set: leave `writePolicy: 'write-around'` out/],
    [{ inherit: 'merge', cache: 'local' }, /are set: leave `cache: 'local'` out/],
    [
      { inherit: 'merge', cache: 'off', writePolicy: 'write-around' },
      /leave `writePolicy: 'write-around'` and `cache: 'off'` out/,
    ],
    [{ inherit: 'merge', ttl: '1s' }, /leaves the freshness of values to the feeds/],
    [{ maxStale: '1s' }, /need a `ttl`/],
    [{ eagerRefresh: 0.5 }, /need a `ttl`/],
  ])('says why %o cannot be', (options, why) => {
    const error = caught(() => define(options));
    expect(error).toMatchObject({ code: 'INVALID_DEFINITION' });
    expect((error as Error).message).toMatch(why);
  });

  it('is a ref of its own, frozen, that no sync key can be mistaken for', () => {
    const config = defineConfig(base);
    expect(config.definition).toBe(config);
    expect(Object.isFrozen(config)).toBe(true);
    expect(isConfig(config)).toBe(true);
    expect(isConfig(defineSync<{ id: number }>()({ name: 'theme', keys: { id: ['id'] } }))).toBe(false);
    expect(configAddress('a/b')).toBe('@config:a%2Fb');
  });

  it('refuses a schema that answers later, where it has a default, and otherwise at the first value', () => {
    const later = z.string().refine(async () => true);
    expect(caught(() => defineConfig({ name: 'a', schema: later, default: 'x' }))).toMatchObject({
      code: 'INVALID_DEFINITION',
    });
    const config = defineConfig({ name: 'a', schema: later });
    expect(caught(() => encodeConfigValue(config, 'x'))).toMatchObject({ code: 'INVALID_DEFINITION' });
  });
});

describe('a value', () => {
  it('is stored as the schema takes it and read as the schema gives it, frozen in depth', () => {
    const config = defineConfig({
      name: 'a',
      schema: z.object({ days: z.string().transform(Number), tags: z.array(z.string()) }),
    });
    const text = encodeConfigValue(config, { days: '7', tags: ['x'] });
    expect(text).toBe('{"days":"7","tags":["x"]}');
    const value = parseConfigValue(config, JSON.parse(text));
    expect(value).toEqual({ days: 7, tags: ['x'] });
    expect(Object.isFrozen(value.tags)).toBe(true);
  });

  it('is one of any Standard Schema', () => {
    const config = defineConfig({
      name: 'a',
      schema: v.object({ port: v.pipe(v.number(), v.minValue(1)) }),
      default: { port: 80 },
    });
    expect(config.default).toEqual({ port: 80 });
    expect(caught(() => encodeConfigValue(config, { port: 0 }))).toMatchObject({
      code: 'INVALID_VALUE',
      details: { issues: [{ path: 'port' }] },
    });
  });

  it('that is refused says every issue with its path; of a secret not even the words of the schema', () => {
    const shape = z.object({ list: z.array(z.object({ n: z.number() })), name: z.literal('x') });
    const wrong = { list: [{ n: 1 }, { n: 'two' }], name: 'hunter2' };
    const issues = (error: unknown) => (error as { details: { issues: unknown[] } }).details.issues;
    const open = caught(() => encodeConfigValue(defineConfig({ name: 'a', schema: shape }), wrong));
    expect(issues(open)).toMatchObject([{ path: 'list[1].n' }, { path: 'name' }]);
    const secret = caught(() => encodeConfigValue(defineConfig({ name: 'a', schema: shape, secret: true }), wrong));
    expect(issues(secret)).toEqual([
      { path: 'list[1].n', message: 'refused' },
      { path: 'name', message: 'refused' },
    ]);
  });

  it('at a schema that throws is refused without what it threw', () => {
    const validate = (value: unknown): never => {
      throw new TypeError(`bad ${value}`);
    };
    const config = defineConfig({ name: 'a', schema: { '~standard': { version: 1, vendor: 'own', validate } } });
    const error = caught(() => encodeConfigValue(config, 'hunter2'));
    expect(error).toMatchObject({ code: 'INVALID_VALUE' });
    expect((error as Error).cause).toBeUndefined();
    expect((error as Error).message).not.toContain('hunter2');
  });

  it('may be as large as `maxBytes`, in bytes of its JSON', () => {
    const config = defineConfig({ name: 'a', schema: z.string(), maxBytes: 8 });
    expect(encodeConfigValue(config, 'ééé')).toBe('"ééé"');
    expect(caught(() => encodeConfigValue(config, 'éééx'))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });
});
