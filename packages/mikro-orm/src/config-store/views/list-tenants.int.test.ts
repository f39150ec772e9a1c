import { defineConfig } from '@tenantry/protocol';
import { PATIENT } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { type ConfigStore, configStore } from '../config-store.ts';
import { codeOf } from '../store.fixture.ts';
import { pages } from './pages.fixture.ts';

const host = defineConfig({ ...PATIENT, name: 'app/db/host', schema: z.number() });
const port = defineConfig({ ...PATIENT, name: 'app/db/port', schema: z.number() });

describe.each(['the server', 'SQLite'])('the tenants, on %s', where => {
  const ids = ['a', 'A', 'a b', 'a-b', 'a%', 'a_', 'a\\', 'ab', 'ä', 'prod.eu', 'prod.us', 'stage.us', '🦄', '\uffee'];
  const sorted = [...ids].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
  let system: TestSystem;
  let store: ConfigStore;

  beforeAll(async () => {
    system = await openSystem({
      sync: [[Plan, plans]],
      sqlite: where === 'SQLite',
      tenantry: { configs: [host, port] },
    });
    store = configStore(system.orm);
    // E1
    expect(await store.tenants()).toEqual({ items: [], cursor: undefined });
    for (const id of ids)
      await store.tenant(id).setMany([
        [host, 1],
        [port, 2],
      ]);
    for (const gone of ['0', 'a0', 'ac', 'zz', '\u{1f985}']) {
      await store.tenant(gone).set(host, 1);
      await store.tenant(gone).unset(host);
    }
    await store.tenant('expired').set(host, 1, { expiresAt: 1 });
  });
  afterAll(() => system[Symbol.asyncDispose]());

  // E2 E6
  it('are those that have something set, in one order, in pages of every size', async () => {
    expect((await store.tenants()).items).toEqual(sorted);
    for (let limit = 1; limit <= ids.length + 1; limit++) {
      const found = await pages(cursor => store.tenants({ limit, cursor }));
      expect(found.flat()).toEqual(sorted);
      expect(found.at(-1)).not.toHaveLength(0);
    }
  });

  // E3
  it.each(['prod.', 'zzz', 'a', 'A', 'a%', 'a_', 'a\\', '%', '_', '\\', 'a ', '🦄', '\ud7ff', '', "'", 'prod.eu'])(
    'by the prefix %j are those that begin with these characters',
    async prefix => {
      const begin = sorted.filter(id => id.startsWith(prefix));
      expect((await store.tenants({ prefix })).items).toEqual(begin);
      expect((await pages(cursor => store.tenants({ prefix, limit: 1, cursor }))).flat()).toEqual(begin);
    },
  );

  // E7
  it('refuse what is no cursor of theirs, no limit and no text', async () => {
    const { cursor } = await store.tenants({ limit: 1 });
    expect(cursor).not.toBe(sorted[0]);
    expect(await codeOf(store.tenants({ cursor, prefix: 'a' }))).toBe('INVALID_CURSOR');
    expect(await codeOf(store.tenants({ cursor: `${cursor}A` }))).toBe('INVALID_CURSOR');
    expect(await codeOf(store.tenants({ limit: 0 }))).toBe('INVALID_OPTION');
    expect(await codeOf(store.tenants({ prefix: '\ud83d' }))).toBe('INVALID_OPTION');
    expect(await codeOf(store.tenants({ prefix: 7 as never }))).toBe('INVALID_OPTION');
  });
});
