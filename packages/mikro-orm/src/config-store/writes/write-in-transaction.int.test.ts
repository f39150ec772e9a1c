import { IsolationLevel } from '@mikro-orm/core';
import { defineConfig, TenantryError } from '@tenantry/protocol';
import { BUSY_MS } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allConfigs, apiKey, counter, limit, theme } from '../../configs.fixture.ts';
import { ConfigRevision } from '../../tables/config-tables.ts';
import { back, fresh, store, system, useStore } from '../store.fixture.ts';

const hurried = defineConfig({ name: 'hurried', schema: z.string(), databaseTimeout: '3s', cacheTimeout: '10s' });
useStore({ configs: [...allConfigs, hurried] });

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    error => error,
  );

async function historyOf(tenant: string, name: string) {
  const found = await system.em().find(ConfigRevision, { tenant, name }, { orderBy: { version: 'asc' } });
  return found.map(({ version, value }) => [Number(version), value]);
}

describe("in the caller's transaction", () => {
  it('several writes of one config are so many versions, and readers see the last', async () => {
    const { id, configs } = fresh();
    const em = system.em();
    await em.begin();
    expect((await configs.set(limit, 1, { em })).version).toBe(1);
    expect((await configs.set(limit, 2, { em, ifVersion: 1 })).version).toBe(2);
    expect(await failureOf(configs.set(limit, 3, { em, ifVersion: 1 }))).toMatchObject({ code: 'CONFLICT' });
    expect((await configs.unset(limit, { em })).version).toBe(3);
    expect((await configs.create(limit, 4, { em })).version).toBe(4);
    expect((await configs.set(theme, { color: 'red' }, { em })).version).toBe(1);
    expect((await configs.unset(theme, { em })).version).toBe(2);
    expect(await system.feed(id)).toEqual([]);
    await em.commit();
    expect(await system.value(id, limit.address)).toBe(4);
    expect(await system.value(id, theme.address)).toBeUndefined();
    expect(await system.feed(id)).toHaveLength(1);
    await system.drain();
    expect(await system.feed(id)).toHaveLength(1);
  });

  it('begun and rolled back, nothing is left', async () => {
    const { id, configs } = fresh();
    const em = system.em();
    await em.begin();
    await configs.set(limit, 1, { em });
    await em.rollback();
    expect(await configs.get(limit)).toBeUndefined();
    expect(await system.feed(id)).toEqual([]);
    await em.begin();
    await configs.set(limit, 2, { em });
    await em.commit();
    expect(await system.value(id, limit.address)).toBe(2);
    expect(await historyOf(id, limit.name)).toEqual([[1, '2']]);
  });

  it('`unsetMany` takes away the values that the transaction sees, not those outside of it', async () => {
    const { id, configs } = fresh();
    await configs.set(theme, { color: 'red' });
    const em = system.em();
    await em.begin();
    await configs.unset(theme, { em });
    await configs.set(limit, 1, { em });
    expect(await configs.unsetMany([theme, limit, counter], { em })).toBe(1);
    await em.commit();
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
    expect(await system.value(id, limit.address)).toBeUndefined();
  });

  it('`unsetMany` ends although others took values away after the transaction began', async () => {
    const { configs } = fresh();
    await configs.set(theme, { color: 'red' });
    await configs.set(limit, 1);
    const work = system.orm.em.fork().transactional(
      async em => {
        expect(await configs.get(theme)).toBeDefined();
        await em.getConnection('write').execute('select * from tenantry_config', [], 'all', em.getTransactionContext());
        await new Promise<void>((resolve, reject) => {
          const outside = system.em();
          void outside
            .begin()
            .then(() => configs.unset(theme, { em: outside as never }))
            .then(() => outside.commit())
            .then(resolve, reject);
        });
        expect(await configs.unsetMany([theme, limit])).toBe(1);
      },
      { isolationLevel: IsolationLevel.REPEATABLE_READ },
    );
    if (system.database.kind === 'postgresql') {
      // There nobody can lock at this level what has changed since: the whole transaction is to be tried again.
      await expect(work).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
      expect([...(await configs.getMany([theme, limit])).keys()]).toEqual([limit.name]);
      return;
    }
    await work;
    expect(await configs.getMany([theme, limit])).toEqual(new Map());
  });

  it('a second write of a config does not wait for a write-back that came after the first', async () => {
    const { id, configs } = fresh();
    const em = system.em();
    await em.begin();
    await configs.set(counter, { n: 1 }, { em });
    await configs.set(counter, { n: 2 });
    const startedAt = performance.now();
    expect(await failureOf(configs.set(counter, { n: 3 }, { em }))).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(BUSY_MS);
    await em.commit();
    await back.flush(id);
    expect((await historyOf(id, counter.name)).map(([, value]) => value).sort()).toEqual([
      '{"n":1}',
      '{"n":2}',
      '{"n":3}',
    ]);
  });

  it('an error of the database names neither the value nor the statement', async () => {
    const { configs } = fresh();
    await system.sql("alter table tenantry_config_revision add constraint refuse_me check (origin <> 'refused')");
    const secret = { url: 'https://example.com', key: 'hunter2-hunter2' };
    for (const where of ['own', 'caller'] as const) {
      const em = system.em();
      if (where === 'caller') await em.begin();
      const options = { origin: 'refused', ...(where === 'caller' ? { em: em as never } : {}) };
      const error = await failureOf(configs.set(apiKey, secret, options));
      if (where === 'caller') await em.rollback();
      expect(error).toBeInstanceOf(TenantryError);
      expect(`${error.message} ${JSON.stringify(error)} ${error.cause?.message ?? ''}`).not.toMatch(/hunter2|insert/i);
    }
  });

  it('a config that is deregistered meanwhile is not written at all', async () => {
    const { id } = fresh();
    // It is not about time.
    const late = defineConfig({ name: `late-${id}`, schema: z.number(), cacheTimeout: '10s', databaseTimeout: '30s' });
    await store.register(late);
    await store.tenant(id).set(late, 1);
    const holder = system.em();
    await holder.begin();
    await store.tenant(id).set(late, 2, { em: holder as never });
    const em = system.em();
    await em.begin();
    const writing = failureOf(store.tenant(id).set(late, 3, { em: em as never }));
    const deregistering = store.deregister(late).catch(error => error);
    await holder.commit();
    expect(await writing).toMatchObject({ code: 'NOT_REGISTERED' });
    await em.commit();
    await deregistering;
    expect(await historyOf(id, late.name)).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
  });
});

describe('a write that took too long', () => {
  it('is not made after its caller got a TIMEOUT', async () => {
    const { id, configs } = fresh();
    const holder = system.em();
    await holder.begin();
    await configs.set(hurried, 'first', { em: holder as never });
    expect(await failureOf(configs.set(hurried, 'late'))).toMatchObject({ code: 'TIMEOUT' });
    await holder.commit();
    expect((await failureOf(configs.set(hurried, 'second'))) ?? 'fine').toBe('fine');
    await system.drain();
    expect((await historyOf(id, hurried.name)).map(([, value]) => value)).toEqual(['"first"', '"second"']);
    expect(await system.value(id, hurried.address)).toBe('second');
  });
});
