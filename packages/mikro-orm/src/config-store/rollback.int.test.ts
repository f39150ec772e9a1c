import { describe, expect, it } from 'vitest';
import { apiKey, limit, theme } from '../configs.fixture.ts';
import { codeOf, fresh, system, useStore } from './store.fixture.ts';

useStore({ configs: [apiKey, limit, theme] });

describe('a rollback', () => {
  // D10
  it('is a new version with the old value, told to readers once, and its origin names the old version', async () => {
    const { id, configs } = fresh();
    for (const color of ['red', 'green', 'blue']) await configs.set(theme, { color });
    const before = (await system.feed(id)).length;
    expect(await configs.rollback(theme, 1, { actor: 'ann' })).toMatchObject({ version: 4, published: 'now' });
    expect(await system.value(id, theme.address)).toEqual({ color: 'red' });
    expect(await system.feed(id)).toHaveLength(before + 1);
    expect(await configs.revision(theme, 4)).toMatchObject({
      origin: 'rollback of 1',
      actor: 'ann',
      value: { color: 'red' },
    });
  });

  it('to a version that was unset takes the value away; to one that never was is refused', async () => {
    const { configs } = fresh();
    await configs.set(theme, { color: 'red' });
    await configs.unset(theme);
    await configs.set(theme, { color: 'green' });
    expect(await codeOf(configs.rollback(theme, 9))).toBe('VERSION_NOT_FOUND');
    expect(await codeOf(configs.rollback(theme, 0))).toBe('INVALID_VERSION');
    expect((await configs.rollback(theme, 2)).version).toBe(4);
    expect(await configs.get(theme)).toBeUndefined();
  });

  // K10
  it('of a secret brings the secret back, not its mask', async () => {
    const { id, configs } = fresh();
    await configs.set(apiKey, { url: 'a', key: 'k1' });
    await configs.set(apiKey, { url: 'a', key: 'k2' });
    await configs.rollback(apiKey, 1);
    expect(await system.value(id, apiKey.address)).toEqual({ url: 'a', key: 'k1' });
    await configs.set(apiKey, { url: 'b', key: '******' });
    expect(await system.value(id, apiKey.address)).toEqual({ url: 'b', key: 'k1' });
  });

  it('to a value that today’s schema refuses is refused', async () => {
    const { id, configs } = fresh();
    await configs.set(limit, 1);
    await system.sql('update tenantry_config_revision set value = \'"old"\' where tenant = ?', [id]);
    expect(await codeOf(configs.rollback(limit, 1))).toBe('INVALID_VALUE');
    expect(await configs.get(limit)).toMatchObject({ version: 1 });
  });
});
