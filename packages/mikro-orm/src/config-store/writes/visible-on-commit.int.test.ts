import { GLOBAL_TENANT } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { allConfigs, counter, limit, session, theme } from '../../configs.fixture.ts';
import { Plan } from '../../plans.fixture.ts';
import { codeOf, fresh, system, useStore } from '../store.fixture.ts';

useStore({ configs: allConfigs });

describe("within the caller's transaction a write", () => {
  it('becomes visible with the rows it changed, in one message', async () => {
    const { id, configs } = fresh();
    const result = await system.orm.em.fork().transactional(async em => {
      em.create(Plan, { tenantId: id, slug: 'gold', name: 'Gold' } as never);
      await em.flush();
      const written = await configs.set(theme, { color: 'red' }, { em });
      expect(await system.value(id, theme.address)).toBeUndefined();
      return written;
    });
    expect(result).toMatchObject({ version: 1, published: 'on-commit' });
    const feed = await system.feed(id);
    expect(feed).toHaveLength(1);
    expect(feed[0]?.changes).toHaveLength(2);
    expect(await system.feed(GLOBAL_TENANT)).toEqual([]);
  });

  it('finds the transaction around it without being given its `em`', async () => {
    const { id, configs } = fresh();
    await expect(
      system.orm.em.transactional(async () => {
        expect(await configs.set(theme, { color: 'red' })).toMatchObject({ published: 'on-commit' });
        expect(await configs.get(theme)).toMatchObject({ version: 1 });
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(await configs.get(theme)).toBeUndefined();
    expect(await system.feed(id)).toEqual([]);
    expect((await configs.set(theme, { color: 'green' })).version).toBe(1);
  });

  it('that is refused leaves the transaction usable for others', async () => {
    const { configs } = fresh();
    await system.orm.em.fork().transactional(async em => {
      expect(await codeOf(configs.update(limit, 1, { em }))).toBe('NOT_FOUND');
      await configs.set(theme, { color: 'red' }, { em });
    });
    expect(await configs.get(theme)).toMatchObject({ version: 1 });
  });

  it('of a rolled-back savepoint is never seen, the others are', async () => {
    const { id, configs } = fresh();
    await system.orm.em.fork().transactional(async em => {
      await configs.set(limit, 1, { em });
      await em
        .transactional(async inner => {
          await configs.set(theme, { color: 'red' }, { em: inner });
          throw new Error('inner');
        })
        .catch(() => undefined);
    });
    expect(await system.value(id, limit.address)).toBe(1);
    expect(await system.value(id, theme.address)).toBeUndefined();
    expect(await configs.get(theme)).toBeUndefined();
  });

  it('is written through although the config is write-back; what is only in Redis is refused', async () => {
    const { id, configs } = fresh();
    await system.orm.em.fork().transactional(async em => {
      expect(await configs.set(counter, { n: 1 }, { em })).toMatchObject({ policy: 'write-through', persisted: true });
      expect(await codeOf(configs.set(session, { user: 'ann' }, { em }))).toBe('NOT_ATOMIC');
    });
    expect(await system.value(id, counter.address)).toEqual({ n: 1 });
  });

  it('with an `em` that has no open transaction is refused', async () => {
    expect(await codeOf(fresh().configs.set(limit, 1, { em: system.em() }))).toBe('NOT_ATOMIC');
  });
});
