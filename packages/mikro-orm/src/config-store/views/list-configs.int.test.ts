import { defineConfig } from '@tenantry/protocol';
import { MASK } from '@tenantry/protocol/internal';
import { PATIENT } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { Config } from '../../tables/config-tables.ts';
import { writeBack } from '../../write-back/write-back.ts';
import { type ConfigStore, configStore } from '../config-store.ts';
import { codeOf } from '../store.fixture.ts';
import type { TenantConfigs } from '../tenant-configs.ts';
import type { ListOptions } from './list-configs.ts';
import { pages } from './pages.fixture.ts';

const schema = z.union([z.string(), z.number(), z.object({ deep: z.string() })]);
const named = (name: string, more: object = {}) => defineConfig({ name, schema, ...PATIENT, ...more });
const host = named('app/db/host', { group: ['db', 'all'] });
const port = named('app/db/port', { group: 'db' });
const ttl = named('app/cache/ttl', { group: 'all' });
const dbx = named('app/dbx');
const db = named('app/db');
const dash = named('app/db-old');
const other = named('other/x');
const secret = named('z/secret', { secret: true });
const all = [host, port, ttl, dbx, db, dash, other, secret];
const back = ['b/1', 'b/2', 'b/3', 'b/4'].map(name => named(name, { writePolicy: 'write-back', group: 'back' }));
const [b1, b2, b3, b4] = back as [typeof host, typeof host, typeof host, typeof host];
const onlyRedis = defineConfig({ name: 'b/22', schema, cacheTimeout: '60s', persistence: 'none' });

describe.each(['the server', 'SQLite'])('on %s', where => {
  let system: TestSystem;
  let store: ConfigStore;
  let count = 0;

  beforeAll(async () => {
    system = await openSystem({
      sync: [[Plan, plans]],
      sqlite: where === 'SQLite',
      tenantry: { configs: [...all, ...back, onlyRedis] },
    });
    store = configStore(system.orm);
  });
  afterAll(() => system[Symbol.asyncDispose]());

  async function withSet(...definitions: typeof all): Promise<TenantConfigs> {
    const configs = store.tenant(`lister-${++count}`);
    await configs.setMany(definitions.map(definition => [definition, definition.name] as never));
    return configs;
  }

  const namesIn = async (configs: TenantConfigs, options?: ListOptions) =>
    (await configs.list(options)).items.map(({ name }) => name);

  describe('a list', () => {
    // A6
    it('by prefix has whole parts, unless it is told to look at characters', async () => {
      const configs = await withSet(...all);
      expect(await namesIn(configs, { prefix: 'app/db' })).toEqual(['app/db', 'app/db/host', 'app/db/port']);
      expect(await namesIn(configs, { prefix: 'app/db/' })).toEqual(['app/db/host', 'app/db/port']);
      expect(await namesIn(configs, { prefix: 'app/db*' })).toEqual([
        ...['app/db', 'app/db-old', 'app/db/host', 'app/db/port', 'app/dbx'],
      ]);
      expect(await namesIn(configs, { prefix: 'app/db/*' })).toEqual(['app/db/host', 'app/db/port']);
      for (const prefix of ['', '*', undefined])
        expect(await namesIn(configs, { prefix })).toEqual(all.map(({ name }) => name).sort());
    });

    it('takes no character of a prefix for a pattern', async () => {
      const configs = await withSet(...all);
      for (const prefix of ['%', 'app%', 'app/d_', 'app/__', '\\', "'", 'app/db%*', '_*', 'APP*', 'app/db/hos'])
        expect(await namesIn(configs, { prefix })).toEqual([]);
    });

    it('by group has what is registered with it', async () => {
      const configs = await withSet(host, port, ttl, other);
      expect(await namesIn(configs, { group: 'db' })).toEqual(['app/db/host', 'app/db/port']);
      expect(await namesIn(configs, { group: 'all' })).toEqual(['app/cache/ttl', 'app/db/host']);
      expect(await namesIn(configs, { group: 'all', prefix: 'app/db' })).toEqual(['app/db/host']);
      expect(await namesIn(configs, { group: 'unknown' })).toEqual([]);
      expect(store.groups()).toEqual(
        new Map([
          ['all', ['app/cache/ttl', 'app/db/host']],
          ['back', ['b/1', 'b/2', 'b/3', 'b/4']],
          ['db', ['app/db/host', 'app/db/port']],
        ]),
      );
    });

    // A7 A8 E6
    it('has the same in pages of every size, and ends', async () => {
      const configs = await withSet(...all);
      const whole = await namesIn(configs);
      for (let limit = 1; limit <= all.length + 1; limit++) {
        const found = await pages(cursor => configs.list({ limit, cursor }));
        expect(found.flat().map(({ name }) => name)).toEqual(whole);
        expect(found.slice(0, -1).every(page => page.length === limit)).toBe(true);
        expect(found.at(-1)).not.toHaveLength(0);
      }
    });

    // A8
    it('is empty, and no error, where what was left has gone since', async () => {
      const configs = await withSet(host, port);
      const { cursor } = await configs.list({ limit: 1 });
      await configs.unset(port);
      expect(await configs.list({ cursor })).toEqual({ items: [], cursor: undefined });
    });

    // E7
    it('refuses cursors of other lists', async () => {
      const configs = await withSet(host, port);
      const another = await withSet(host, port);
      const { cursor } = await configs.list({ limit: 1, prefix: 'app' });
      expect(cursor).not.toBe('app/db/host');
      for (const work of [
        configs.list({ cursor }),
        configs.list({ cursor, prefix: 'app/' }),
        configs.list({ cursor, prefix: 'app', group: 'db' }),
        another.list({ cursor, prefix: 'app' }),
        store.tenants({ cursor }),
        configs.list({ cursor: 'app/db/host' }),
        configs.list({ cursor: '' }),
      ])
        expect(await codeOf(work)).toBe('INVALID_CURSOR');
      // What decides only how much is shown may change.
      expect((await configs.list({ cursor, prefix: 'app', limit: 5, values: true })).items).toHaveLength(1);
    });

    it.each([{ limit: 0 }, { limit: -1 }, { limit: 1.5 }, { prefix: 7 }, { group: 7 }, { values: 1 }, { prefx: 'a' }])(
      'cannot be of %j',
      async options => {
        const configs = await withSet();
        expect(await codeOf(configs.list(options as never))).toBe('INVALID_OPTION');
      },
    );

    it('says of each who, when, how large and until when, and its value only if asked', async () => {
      const configs = store.tenant(`lister-${++count}`);
      const expiresAt = new Date(Date.now() + 60_000);
      await configs.set(host, { deep: 'ä' }, { actor: 'ann', expiresAt });
      await configs.set(host, { deep: 'ö' }, { actor: 'bob', expiresAt });
      const facts = {
        name: 'app/db/host',
        config: 'app/db/host',
        groups: ['db', 'all'],
        version: 2,
        updatedAt: expect.any(Date),
        updatedBy: 'bob',
        expiresAt,
        size: 13,
        dirty: false,
      };
      expect((await configs.list()).items).toEqual([facts]);
      expect((await configs.list({ values: true })).items).toEqual([{ ...facts, value: { deep: 'ö' } }]);
    });

    it('has only what is set: nothing unset, expired, or never written', async () => {
      const configs = await withSet(host, port, ttl);
      await configs.unset(host);
      await configs.set(port, 1, { expiresAt: 1 });
      await codeOf(configs.update(other, 1));
      expect(await namesIn(configs)).toEqual(['app/cache/ttl']);
    });

    // K10
    it('shows no value that is a secret, nor one that might be', async () => {
      const configs = await withSet(secret);
      const em = system.em();
      const row = { value: '{"a":["b",1]}', version: 1, updatedAt: 1 };
      await em.insert(Config, { tenant: `lister-${count}`, name: 'unknown', ...row } as never);
      const { items } = await configs.list({ values: true });
      expect(items.map(({ name, config, value }) => [name, config, value])).toEqual([
        ['unknown', undefined, { a: [MASK, MASK] }],
        ['z/secret', 'z/secret', MASK],
      ]);
    });
  });

  describe('a list with values that the database does not have yet', () => {
    it('has them at their place, once, as they are now', async () => {
      const configs = await withSet(host, other);
      for (const definition of [b1, b3]) await configs.set(definition, 'old');
      await writeBack(system.orm).flush();
      // b/1 is newer in Redis, b/2 only there, b/3 unset only there, b/4 in the database.
      await configs.set(b4, 'old');
      await writeBack(system.orm).flush();
      await configs.set(b1, 'new', { actor: 'ann' });
      await configs.set(b2, 'new');
      await configs.unset(b3);
      await configs.set(onlyRedis, 'here');
      const expected = ['app/db/host', 'b/1', 'b/2', 'b/22', 'b/4', 'other/x'];
      expect(await namesIn(configs)).toEqual(expected);
      for (let limit = 1; limit <= expected.length; limit++) {
        const found = await pages(cursor => configs.list({ limit, cursor }));
        expect(found.flat().map(({ name }) => name)).toEqual(expected);
        expect(found.at(-1)).not.toHaveLength(0);
      }
      const { items } = await configs.list({ prefix: 'b', values: true });
      expect(
        items.map(({ name, version, value, dirty, updatedBy }) => [name, version, value, dirty, updatedBy]),
      ).toEqual([
        ['b/1', 2, 'new', true, 'ann'],
        ['b/2', 1, 'new', true, undefined],
        ['b/22', 1, 'here', false, undefined],
        ['b/4', 1, 'old', false, undefined],
      ]);
      expect(await namesIn(configs, { group: 'back' })).toEqual(['b/1', 'b/2', 'b/4']);
      await writeBack(system.orm).flush();
      expect(await namesIn(configs)).toEqual(expected);
      expect((await configs.list()).items.every(({ dirty }) => !dirty)).toBe(true);
    });
  });
});
