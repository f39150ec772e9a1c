import { defineConfig, TenantryError } from '@tenantry/protocol';
import { MASK } from '@tenantry/protocol/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allConfigs, apiKey, limit, session, theme } from '../../configs.fixture.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { type ConfigStore, configStore } from '../config-store.ts';
import type { TenantConfigs } from '../tenant-configs.ts';

describe.each(['the server', 'SQLite'])('on %s the history', where => {
  let system: TestSystem;
  let store: ConfigStore;
  let tenants = 0;

  beforeAll(async () => {
    system = await openSystem({ sync: [[Plan, plans]], sqlite: where === 'SQLite', tenantry: { configs: allConfigs } });
    store = configStore(system.orm);
  });
  afterAll(() => system[Symbol.asyncDispose]());

  const fresh = (): TenantConfigs => store.tenant(`tenant-${++tenants}`);

  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'no error',
      error => (error instanceof TenantryError ? error.code : error),
    );

  // D1 K13
  it('has every version, newest first, with who, why, from where and when', async () => {
    const configs = fresh();
    // A minute: the clock of Redis decides, and this process knows it to within half of a round trip.
    const before = Date.now() - 60_000;
    await configs.set(limit, 1, { actor: 'ann', reason: 'T-1' });
    await store.runAs({ actor: 'bob' }, () => configs.set(limit, 2, { origin: 'file app.json' }));
    await configs.set(limit, 3);
    await configs.unset(limit, { actor: 'eve', reason: 'gone' });
    const { items, cursor } = await configs.history(limit);
    expect(cursor).toBeUndefined();
    const nobody = { actor: undefined, reason: undefined };
    const at = expect.any(Date);
    expect(items).toEqual([
      { version: 4, op: 'unset', value: undefined, actor: 'eve', reason: 'gone', origin: 'api', at },
      { version: 3, op: 'set', value: 3, ...nobody, origin: 'api', at },
      { version: 2, op: 'set', value: 2, ...nobody, actor: 'bob', origin: 'file app.json', at },
      { version: 1, op: 'set', value: 1, actor: 'ann', reason: 'T-1', origin: 'api', at },
    ]);
    for (const item of items) expect(item.at.getTime()).toBeGreaterThanOrEqual(before);
  });

  // D2 D3
  it('gives one version, and says which it does not have', async () => {
    const configs = fresh();
    for (const n of [1, 2, 3]) await configs.set(limit, n);
    expect(await configs.revision(limit, 2)).toMatchObject({ version: 2, value: 2 });
    expect(await codeOf(configs.revision(limit, 4))).toBe('VERSION_NOT_FOUND');
    expect(await codeOf(configs.diff(limit, 1, 4))).toBe('VERSION_NOT_FOUND');
    expect(await codeOf(configs.revision(limit, 0))).toBe('INVALID_VERSION');
    expect(await codeOf(configs.revision(limit, 1.5))).toBe('INVALID_VERSION');
    // One at a time: of those begun together, one may fail while nobody waits for it yet.
    for (const [config, code] of [
      [theme, 'NOT_FOUND'],
      [session, 'NOT_KEPT'],
    ] as const) {
      expect(await codeOf(configs.history(config))).toBe(code);
      expect(await codeOf(configs.revision(config, 1))).toBe(code);
      expect(await codeOf(configs.diff(config, 1, 2))).toBe(code);
    }
    expect(await codeOf(configs.history({ configKey: theme.configKey } as never))).toBe('INVALID_OPTION');
  });

  // D3
  it('does not take a write that failed for one that happened', async () => {
    const configs = fresh();
    expect(await codeOf(configs.update(limit, 1))).toBe('NOT_FOUND');
    expect(await codeOf(configs.history(limit))).toBe('NOT_FOUND');
  });

  // D4
  it('comes in pages without a repeat, also while others write', async () => {
    const configs = fresh();
    for (const n of [1, 2, 3, 4, 5]) await configs.set(limit, n);
    const seen: number[][] = [];
    let cursor: string | undefined;
    do {
      const page = await configs.history(limit, { limit: 2, cursor });
      seen.push(page.items.map(({ version }) => version));
      cursor = page.cursor;
      await configs.set(limit, 9);
    } while (cursor);
    expect(seen).toEqual([[5, 4], [3, 2], [1]]);
    expect((await configs.history(limit, { limit: 8 })).cursor).toBeUndefined();
  });

  // D5 E7
  it('refuses a cursor that is garbage or another’s, and a limit that is none', async () => {
    const [a, b] = [fresh(), fresh()];
    for (const configs of [a, b])
      for (const n of [1, 2]) {
        await configs.set(limit, n);
        await configs.set(theme, { color: `${n}` });
      }
    const { cursor } = await a.history(limit, { limit: 1 });
    expect(cursor).toBeTypeOf('string');
    expect(await codeOf(b.history(limit, { cursor }))).toBe('INVALID_CURSOR');
    expect(await codeOf(a.history(theme, { cursor }))).toBe('INVALID_CURSOR');
    expect(await codeOf(a.list({ cursor }))).toBe('INVALID_CURSOR');
    expect(await codeOf(a.history(limit, { cursor: '2' }))).toBe('INVALID_CURSOR');
    for (const bad of [0, -1, 1.5, 1_001])
      expect(await codeOf(a.history(limit, { limit: bad }))).toBe('INVALID_OPTION');
  });

  // D9
  it('outlives the value, and goes on after it', async () => {
    const configs = fresh();
    await configs.set(theme, { color: 'red' }, { actor: 'ann' });
    await configs.unset(theme, { actor: 'bob' });
    expect((await configs.history(theme)).items.map(({ op, actor }) => [op, actor])).toEqual([
      ['unset', 'bob'],
      ['set', 'ann'],
    ]);
    await configs.set(theme, { color: 'blue' });
    expect((await configs.history(theme)).items.map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  it('tells what changed from one version to another, either way', async () => {
    const configs = fresh();
    await configs.set(theme, { color: 'red', size: 9 });
    await configs.set(theme, { color: 'blue' });
    await configs.unset(theme);
    expect(await configs.diff(theme, 1, 2)).toEqual([
      { op: 'remove', path: '/size' },
      { op: 'replace', path: '/color', value: 'blue' },
    ]);
    expect(await configs.diff(theme, 2, 1)).toEqual([
      { op: 'replace', path: '/color', value: 'red' },
      { op: 'add', path: '/size', value: 9 },
    ]);
    expect(await configs.diff(theme, 2, 3)).toEqual([{ op: 'remove', path: '' }]);
    expect(await configs.diff(theme, 3, 2)).toEqual([{ op: 'add', path: '', value: { color: 'blue' } }]);
    expect(await configs.diff(theme, 2, 2)).toEqual([]);
  });

  // K10
  it('of a secret shows when it changed and where, never to what', async () => {
    const configs = fresh();
    await configs.set(apiKey, { url: 'https://one', key: 'hunter2' });
    await configs.set(apiKey, { url: 'https://one', key: 'hunter3' });
    const all = [
      await configs.history(apiKey),
      await configs.revision(apiKey, 1),
      await configs.diff(apiKey, 1, 2),
      await configs.list({ values: true }),
    ];
    expect(JSON.stringify(all)).not.toMatch(/hunter|https/);
    expect(await configs.diff(apiKey, 1, 2)).toEqual([{ op: 'replace', path: '/key', value: MASK }]);
    expect((await configs.revision(apiKey, 1)).value).toEqual({ url: MASK, key: MASK });
  });

  // K10
  it('of a secret can be written back masked, and the secret stays what it was', async () => {
    const configs = fresh();
    const shown = z.object({ url: z.string(), key: z.string() });
    await configs.set(apiKey, { url: 'https://one', key: 'hunter2' });
    const masked = shown.parse((await configs.revision(apiKey, 1)).value);
    await configs.set(apiKey, { ...masked, url: 'https://two' });
    expect((await configs.get(apiKey))?.value).toEqual({ url: 'https://two', key: 'hunter2' });
    await configs.patch(apiKey, { key: MASK, url: 'https://three' });
    expect((await configs.get(apiKey))?.value).toEqual({ url: 'https://three', key: 'hunter2' });
    await configs.unset(apiKey);
    expect(await codeOf(configs.set(apiKey, masked))).toBe('INVALID_VALUE');
    expect(await configs.get(apiKey)).toBeUndefined();
  });

  it('is found under the name of its rows, whatever the config is called by now', async () => {
    const configs = fresh();
    await configs.set(limit, 1);
    const renamed = defineConfig({ name: 'renamed', configKey: limit.name, schema: z.number() });
    expect((await configs.history(renamed)).items).toHaveLength(1);
  });
});
