import { describe, expect, it } from 'vitest';
import { banner, limit, theme } from '../configs.fixture.ts';
import { ConfigRevision } from '../tables/config-tables.ts';
import { codeOf, fresh, system, useStore } from './store.fixture.ts';

useStore({ configs: [banner, limit, theme] });

describe('a condition', () => {
  // B1 B2 B3 B4
  it('lets `update` change only a value that is set, and `create` only set one that is not', async () => {
    const { configs } = fresh();
    expect(await codeOf(configs.update(limit, 1))).toBe('NOT_FOUND');
    expect(await configs.get(limit)).toBeUndefined();
    expect((await configs.create(limit, 10)).version).toBe(1);
    expect(await configs.create(limit, 20).catch((e: unknown) => e)).toMatchObject({
      code: 'KEY_EXISTS',
      details: { currentVersion: 1 },
    });
    expect(await configs.get(limit)).toMatchObject({ value: 10, version: 1 });
    expect((await configs.update(limit, 30)).version).toBe(2);
  });

  // B6
  it('on a version lets one of two editors win, and tells the other the present version', async () => {
    const { configs } = fresh();
    await configs.set(limit, 1);
    const both = await Promise.allSettled([
      configs.set(limit, 2, { ifVersion: 1 }),
      configs.set(limit, 3, { ifVersion: 1 }),
    ]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'CONFLICT', details: { currentVersion: 2 } },
    });
    expect(await codeOf(configs.set(limit, 4, { ifVersion: 0 }))).toBe('CONFLICT');
  });

  // B7
  it('lets exactly one of twenty concurrent `create` calls win', async () => {
    const { configs } = fresh();
    const all = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => configs.create(limit, i)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = all.flatMap(each => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(new Set(codes)).toEqual(new Set(['KEY_EXISTS']));
    expect(await configs.get(limit)).toMatchObject({ version: 1 });
  });
});

describe('a patch', () => {
  it('merges into the value, or into the default where nothing is set', async () => {
    const { configs } = fresh();
    await configs.patch(theme, { size: 20 });
    expect((await configs.get(theme))?.value).toEqual({ color: 'blue', size: 20 });
    await configs.patch(theme, { color: 'red' });
    expect((await configs.get(theme))?.value).toEqual({ color: 'red', size: 20 });
  });

  it('is refused if the value or the patch is not a plain object', async () => {
    const { configs } = fresh();
    await configs.set(limit, 1);
    expect(await codeOf(configs.patch(limit, 2))).toBe('INVALID_PATCH');
    expect(await codeOf(configs.patch(theme, [] as never))).toBe('INVALID_PATCH');
    expect(await codeOf(configs.patch(theme, { color: 7 } as never))).toBe('INVALID_VALUE');
    expect(await configs.get(theme)).toBeUndefined();
  });

  it('is not lost when ten are made at once', async () => {
    const { configs } = fresh();
    await configs.set(banner, { text: 'hi' });
    await Promise.all(Array.from({ length: 10 }, (_, i) => configs.patch(banner, { [`n${i}`]: i } as never)));
    expect((await configs.get(banner))?.version).toBe(11);
    const [row] = await system
      .em()
      .find(ConfigRevision, { name: banner.configKey }, { orderBy: { id: 'desc' }, limit: 1 });
    expect(Object.keys(JSON.parse(row?.value ?? '{}'))).toHaveLength(11);
  });
});
