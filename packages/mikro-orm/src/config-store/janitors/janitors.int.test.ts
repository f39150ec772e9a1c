import { setImmediate } from 'node:timers/promises';
import { IsolationLevel } from '@mikro-orm/core';
import { defineConfig, type TenantryError } from '@tenantry/protocol';
import { PATIENT } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { type ConfigStore, configStore } from '../config-store.ts';

const kept = defineConfig({ ...PATIENT, name: 'kept', schema: z.number(), keepRevisions: 3 });
const alsoKept = defineConfig({ ...PATIENT, name: 'also/kept', schema: z.number(), keepRevisions: 1 });
const all = defineConfig({ ...PATIENT, name: 'all', schema: z.number() });

describe.each(['the server', 'SQLite'])('on %s', where => {
  let system: TestSystem;
  let store: ConfigStore;
  let tenants = 0;
  /** What the store takes for now. */
  let ahead = 0;

  beforeAll(async () => {
    system = await openSystem({
      sync: [[Plan, plans]],
      sqlite: where === 'SQLite',
      tenantry: { configs: [kept, alsoKept, all], clock: () => Date.now() + ahead },
    });
    store = configStore(system.orm);
  });
  afterAll(() => system[Symbol.asyncDispose]());

  const fresh = () => {
    const id = `tenant-${++tenants}`;
    return { id, configs: store.tenant(id) };
  };

  describe('trimming', () => {
    const versionsOf = async (configs: ReturnType<typeof fresh>['configs'], config: typeof kept) =>
      (await configs.history(config)).items.map(({ version }) => version);

    it('keeps the newest versions of each config of each tenant, and all without `keepRevisions`', async () => {
      await store.trimRevisions();
      const [a, b] = [fresh().configs, fresh().configs];
      for (let n = 1; n <= 6; n++) for (const config of [kept, alsoKept, all]) await a.set(config, n);
      for (let n = 1; n <= 3; n++) await b.set(kept, n);
      const progress: number[] = [];
      expect(await store.trimRevisions({ onProgress: count => progress.push(count) })).toBe(3 + 5);
      expect(progress.reduce((sum, count) => sum + count, 0)).toBe(8);
      expect(await versionsOf(a, kept)).toEqual([6, 5, 4]);
      expect(await versionsOf(a, alsoKept)).toEqual([6]);
      expect(await versionsOf(a, all)).toHaveLength(6);
      expect(await versionsOf(b, kept)).toEqual([3, 2, 1]);
      expect(await store.trimRevisions()).toBe(0);
      const error = await a.revision(kept, 3).catch(each => each as TenantryError);
      expect(error).toMatchObject({ code: 'VERSION_NOT_FOUND' });
      expect((await a.get(kept))?.version).toBe(6);
    });

    it('counts versions, which may have gaps', async () => {
      const { id, configs } = fresh();
      for (let n = 1; n <= 4; n++) await configs.set(kept, n);
      await system.sql('update tenantry_config_revision set version = version * 10 where tenant = ?', [id]);
      await system.sql('update tenantry_config set version = version * 10 where tenant = ?', [id]);
      expect(await store.trimRevisions()).toBe(1);
      expect(await versionsOf(configs, kept)).toEqual([40, 30, 20]);
    });

    it('works in batches and stops when the signal aborts', async () => {
      const { id, configs } = fresh();
      await configs.set(kept, 1);
      const rows = Array.from({ length: 1_200 }, (_, i) => `('${id}', 'kept', ${i + 2}, 'set', '1', 'api', 0)`);
      await system.sql(
        `insert into tenantry_config_revision (tenant, name, version, op, value, origin, created_at) values ${rows.join()}`,
      );
      await system.sql('update tenantry_config set version = 1201 where tenant = ?', [id]);
      const stop = new AbortController();
      expect(await store.trimRevisions({ signal: stop.signal, onProgress: () => stop.abort() })).toBe(500);
      expect(await store.trimRevisions()).toBe(698);
      expect(await versionsOf(configs, kept)).toEqual([1201, 1200, 1199]);
    });

    it('fails without SQL and without values', async () => {
      await system.sql('alter table tenantry_config_revision rename column version to elsewhere');
      const failure = await store.trimRevisions().catch(error => error);
      await system.sql('alter table tenantry_config_revision rename column elsewhere to version');
      expect(failure).toMatchObject({ name: 'TenantryError', code: 'UNAVAILABLE' });
      expect(failure.message).toMatch(/^Trimming histories failed with /);
      expect(failure.message).not.toMatch(/select|delete/i);
    });

    it('hinders no writer, nor does a writer hinder it', async () => {
      const { configs } = fresh();
      for (let n = 1; n <= 20; n++) await configs.set(kept, n);
      const stop = new AbortController();
      const trimming = (async () => {
        while (!stop.signal.aborted) {
          await store.trimRevisions();
          // SQLite answers without ever leaving the event loop a turn.
          await setImmediate();
        }
      })();
      for (let n = 21; n <= 60; n++) await configs.set(kept, n);
      stop.abort();
      await trimming;
      await store.trimRevisions();
      expect(await versionsOf(configs, kept)).toEqual([60, 59, 58]);
    });
  });

  // H3
  describe('a value that has ended', () => {
    it('becomes a version of its own, which readers are told and the history shows', async () => {
      const { id, configs } = fresh();
      await configs.set(all, 1, { expiresAt: Date.now() + 60_000, actor: 'ann' });
      await configs.set(kept, 1, { expiresAt: Date.now() + 600_000 });
      await configs.set(alsoKept, 1);
      expect(await store.expireDue()).toBe(0);
      ahead = 60_001;
      expect(await store.expireDue()).toBe(1);
      expect((await configs.history(all)).items).toMatchObject([
        { version: 2, op: 'expire', value: undefined, actor: undefined, origin: 'expiresAt' },
        { version: 1, op: 'set', value: 1, actor: 'ann' },
      ]);
      const last = (await system.feed(id)).at(-1)?.changes;
      expect(last).toMatchObject([{ owner: all.address, version: 2, op: 'delete' }]);
      expect(await system.value(id, all.address)).toBeUndefined();
      expect(await store.expireDue()).toBe(0);
      expect((await configs.list()).items.map(({ name }) => name)).toEqual(['also/kept', 'kept']);
      await configs.set(all, 2);
      expect((await configs.get(all))?.version).toBe(3);
      ahead = 0;
    });

    it('ends once, however many janitors look', async () => {
      const owners = Array.from({ length: 25 }, fresh);
      for (const { configs } of owners) await configs.set(all, 1, { expiresAt: 1 });
      const counts = await Promise.all([store.expireDue(), store.expireDue(), store.expireDue()]);
      expect(counts.reduce((sum, count) => sum + count)).toBe(25);
      for (const { configs } of owners) expect((await configs.history(all)).items).toHaveLength(2);
    });

    it('ends also if there are more of them than a batch holds', async () => {
      const { id, configs } = fresh();
      await configs.set(all, 1, { expiresAt: 1 });
      // As that one is, without the work of a write.
      const names = Array.from({ length: 129 }, (_, i) => `('${id}-${i}', 'all', '1', 1, 1, 1)`);
      await system.sql(
        `insert into tenantry_config (tenant, name, value, version, expires_at, updated_at) values ${names.join()}`,
      );
      expect(await store.expireDue()).toBe(130);
    });

    it('reaches the feed together with the others of its tenant, each with a version of its own', async () => {
      const [one, two] = [fresh(), fresh()];
      for (const { configs } of [one, two])
        for (const config of [all, kept]) await configs.set(config, 1, { expiresAt: 1 });
      expect(await store.expireDue()).toBe(4);
      for (const { id, configs } of [one, two]) {
        const changes = (await system.feed(id)).at(-1)?.changes ?? [];
        expect(changes.map(({ owner, version, op }) => [owner, version, op]).sort()).toEqual([
          [all.address, 2, 'delete'],
          [kept.address, 2, 'delete'],
        ]);
        for (const config of [all, kept])
          expect((await configs.history(config)).items[0]).toMatchObject({ version: 2, op: 'expire' });
      }
    });

    it('does not hold up the others if the database refuses its version', async () => {
      const owners = Array.from({ length: 9 }, fresh);
      for (const { configs } of owners) await configs.set(all, 1, { expiresAt: 1 });
      const bad = owners[4] as (typeof owners)[0];
      // A version that is there already.
      const sql = `insert into tenantry_config_revision (tenant, name, version, op, value, origin, created_at)
        values ('${bad.id}', 'all', 2, 'set', '1', 'api', 0)`;
      await system.sql(sql);
      const progress: number[] = [];
      const error = await store.expireDue({ onProgress: count => progress.push(count) }).catch(each => each);
      expect(error).toMatchObject({ code: 'UNAVAILABLE' });
      expect(progress).toEqual([8]);
      await system.sql(`delete from tenantry_config_revision where tenant = '${bad.id}' and version = 2`);
      expect(await store.expireDue()).toBe(1);
    });

    it.skipIf(where === 'SQLite')('that somebody has locked holds up nothing, however many there are', async () => {
      const { id, configs } = fresh();
      // More than a batch holds, and all before the one that is free.
      const names = Array.from({ length: 600 }, (_, i) => `('${id}-${i}', 'all', '1', 1, 1, 1)`);
      await system.sql(
        `insert into tenantry_config (tenant, name, value, version, expires_at, updated_at) values ${names.join()}`,
      );
      await configs.set(all, 1, { expiresAt: 2 });
      const em = system.em();
      // At this level an UPDATE locks nothing beside what it changes.
      await em.begin({ isolationLevel: IsolationLevel.READ_COMMITTED });
      await em.execute(`update tenantry_config set updated_at = 2 where tenant like '${id}-%'`);
      const ended = await store.expireDue().finally(() => em.rollback());
      expect(ended).toBe(1);
      expect(await store.expireDue()).toBe(600);
      expect(await store.expireDue()).toBe(0);
    });

    it('does not end a value that was set meanwhile', async () => {
      const { configs } = fresh();
      await configs.set(all, 1, { expiresAt: 1 });
      await Promise.all([store.expireDue(), configs.set(all, 2)]);
      expect((await configs.get(all))?.value).toBe(2);
      const ops = (await configs.history(all)).items.map(({ op }) => op);
      expect([
        ['set', 'set'],
        ['set', 'expire', 'set'],
      ]).toContainEqual(ops);
    });

    it('is left alone if this process does not know its config', async () => {
      const { id } = fresh();
      const row = [id, 'unknown', '1', 1, 1, 1];
      await system.sql(
        'insert into tenantry_config (tenant, name, value, version, expires_at, updated_at) values (?, ?, ?, ?, ?, ?)',
        row,
      );
      expect(await store.expireDue()).toBe(0);
    });
  });
});
