import { defineConfig } from '@tenantry/protocol';
import { PATIENT } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { counter, limit, session, theme } from '../../configs.fixture.ts';
import { back, codeOf, fresh, system, useStore } from '../store.fixture.ts';

const text = defineConfig({ name: 'n'.repeat(100), schema: z.string(), ...PATIENT });
const backText = defineConfig({ name: 'b'.repeat(100), schema: z.string(), writePolicy: 'write-back', ...PATIENT });
const any = defineConfig({ name: 'any', schema: z.unknown(), ...PATIENT });
const bulk = Array.from({ length: 400 }, (_, i) => defineConfig({ name: `bulk/${i}`, schema: z.string(), ...PATIENT }));
useStore({ configs: [counter, limit, session, theme, text, backText, any, ...bulk] });

describe('large things', () => {
  it('hundreds at once are written, and become visible in one step', async () => {
    const { id, configs } = fresh();
    const results = await configs.setMany(bulk.map(config => [config, 'x'] as const) as never);
    expect(results).toHaveLength(400);
    expect((results as { version: number }[]).every(({ version }) => version === 1)).toBe(true);
    await system.drain();
    expect(await system.feed(id)).toHaveLength(1);
    await configs.setMany(bulk.map(config => [config, 'y'] as const) as never);
    expect((await configs.getMany(bulk)).size).toBe(400);
  });

  it('a hundred of the largest values are one write', async () => {
    const { configs } = fresh();
    const value = '🦄'.repeat(65_000);
    const results = await configs.setMany(bulk.slice(0, 100).map(config => [config, value] as const) as never);
    expect(results).toHaveLength(100);
    const found = await configs.getMany(bulk.slice(0, 100));
    expect([...found.values()].every(stored => stored.value === value)).toBe(true);
  });

  it('the longest names, the largest values and the deepest come back as they were', async () => {
    const { id, configs } = fresh();
    const value = '🦄'.repeat(65_535);
    await configs.set(text, value);
    await configs.set(backText, value);
    expect((await configs.get(text))?.value).toBe(value);
    expect(await system.value(id, text.address)).toBe(value);
    await back.flush(id);
    expect(await configs.get(backText)).toMatchObject({ value, dirty: false });
    let deep: unknown = 1;
    for (let i = 0; i < 63; i++) deep = { deep };
    await configs.set(any, deep);
    expect((await configs.get(any))?.value).toEqual(deep);
  });

  it.each([8_640_000_000_000_000, 4_102_444_800_000])('a value may end as late as %d', async expiresAt => {
    const { id, configs } = fresh();
    for (const [config, value] of [
      [theme, { color: 'red' }],
      [counter, { n: 1 }],
      [session, { user: 'ann' }],
    ] as const) {
      await configs.set(config as never, value as never, { expiresAt });
      expect((await configs.get(config as never))?.expiresAt?.getTime()).toBe(expiresAt);
      expect(await system.value(id, config.address)).toBeDefined();
    }
    await back.flush(id);
    expect((await configs.get(counter))?.expiresAt?.getTime()).toBe(expiresAt);
  });

  it('an end that no date can have is refused', async () => {
    const { configs } = fresh();
    expect(await codeOf(configs.set(limit, 1, { expiresAt: Number.MAX_SAFE_INTEGER }))).toBe('INVALID_OPTION');
  });
});
