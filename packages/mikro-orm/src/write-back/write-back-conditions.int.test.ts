import { describe, expect, it } from 'vitest';
import { back, codeOf, fresh, store, useStore } from '../config-store/store.fixture.ts';
import { cart, configs, hits } from './write-backs.fixture.ts';

useStore({ configs });

for (const [name, config] of [
  ['write-back', hits],
  ["persistence: 'none'", cart],
] as const)
  describe(`a condition (${name})`, () => {
    // B1 B2 B3
    it('creates what is not there and updates what is', async () => {
      const { configs } = fresh();
      expect(await codeOf(configs.update(config, { n: 1 }))).toBe('NOT_FOUND');
      expect(await configs.get(config)).toBeUndefined();
      expect((await configs.create(config, { n: 10 })).version).toBe(1);
      await expect(configs.create(config, { n: 20 })).rejects.toMatchObject({
        code: 'KEY_EXISTS',
        details: { currentVersion: 1 },
      });
      expect(await configs.get(config)).toMatchObject({ value: { n: 10 }, version: 1 });
      expect((await configs.update(config, { n: 11 })).version).toBe(2);
    });

    // B6
    it('lets one of two editors win, and tells the other where it stands', async () => {
      const { configs } = fresh();
      for (let n = 1; n <= 5; n++) await configs.set(config, { n });
      const both = await Promise.allSettled([6, 7].map(n => configs.set(config, { n }, { ifVersion: 5 })));
      expect(both.filter(({ status }) => status === 'fulfilled')).toMatchObject([{ value: { version: 6 } }]);
      expect(both.filter(({ status }) => status === 'rejected')).toMatchObject([
        { reason: { code: 'CONFLICT', details: { currentVersion: 6 } } },
      ]);
    });

    // B7
    it('lets exactly one of twenty create it', async () => {
      const { configs } = fresh();
      const all = await Promise.all(Array.from({ length: 20 }, (_, n) => codeOf(configs.create(config, { n }))));
      expect(all.filter(code => code === 'no error')).toHaveLength(1);
      expect(all.filter(code => code === 'KEY_EXISTS')).toHaveLength(19);
      expect((await configs.get(config))?.version).toBe(1);
    });

    it('loses none of twenty concurrent patches', async () => {
      const { configs } = fresh();
      await configs.set(config, { n: 0 });
      await Promise.all(Array.from({ length: 20 }, (_, n) => configs.patch(config, { n })));
      expect((await configs.get(config))?.version).toBe(21);
    });

    // G18
    it('shows the value of the highest acknowledged version', async () => {
      const { configs } = fresh();
      const acknowledged: { n: number; version: number }[] = [];
      await Promise.all(
        Array.from({ length: 50 }, async (_, n) => {
          const { version } = await configs.set(config, { n });
          acknowledged.push({ n, version });
        }),
      );
      expect(new Set(acknowledged.map(({ version }) => version))).toHaveLength(50);
      const last = acknowledged.find(({ version }) => version === 50);
      expect(await configs.get(config)).toMatchObject({ value: { n: last?.n }, version: 50 });
    });

    // E10
    it('keeps apart tenants whose names would collide', async () => {
      const [a, b] = [store.tenant(`20_FOO-${config.name}`), store.tenant(`20-${config.name}`)];
      await a.set(config, { n: 1 });
      await b.set(config, { n: 2 });
      await back.flush();
      expect((await a.get(config))?.value).toMatchObject({ n: 1 });
      expect((await b.get(config))?.value).toMatchObject({ n: 2 });
    });
  });
