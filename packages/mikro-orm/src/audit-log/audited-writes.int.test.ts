import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { MASK } from '@tenantry/protocol/internal';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf, fresh, store, system, useStore } from '../config-store/store.fixture.ts';
import { apiKey, counter, limit, theme } from '../configs.fixture.ts';
import { writeBack } from '../write-back/write-back.ts';
import { type AuditEntry, auditLog } from './audit-log.ts';

const patient = { cacheTimeout: '10s', databaseTimeout: '30s' } as const;
const vault = defineConfig({
  ...patient,
  name: 'vault',
  schema: z.object({ deep: z.array(z.object({ key: z.string(), n: z.number() })) }),
  secret: true,
  inherit: 'merge',
});
const ends = defineConfig({ ...patient, name: 'ends', schema: z.string() });
const many: AnyConfig[] = Array.from({ length: 1_000 }, (_, i) =>
  defineConfig({ ...patient, name: `many/${i}`, schema: z.number() }),
);

useStore({ admin: true, configs: [theme, limit, apiKey, counter, vault, ends, ...many] });

/** What the log has of a tenant, oldest first. */
async function entriesOf(id: string): Promise<readonly AuditEntry[]> {
  return (await auditLog(system.orm).list({ scope: `tenants/${id}`, limit: 1_000 })).items.toReversed();
}

describe('every change of the store is in the audit log', () => {
  it('with who made it, why, from where, and what changed', async () => {
    const { id, configs } = fresh();
    const before = Date.now() - 60_000;
    await store.runAs({ actor: 'ann', via: 'admin 10.0.0.3' }, async () => {
      await configs.set(theme, { color: 'red' }, { reason: 'T-1' });
      await configs.patch(theme, { size: 3 }, { via: 'file app.yaml', origin: 'file app.yaml#1' });
    });
    await configs.create(limit, 1);
    await configs.update(limit, 2, { actor: 'bob' });
    await configs.rollback(theme, 1, { actor: 'cid' });
    await configs.unset(theme);
    const entries = await entriesOf(id);
    expect(entries).toMatchObject([
      {
        ...{ action: 'config.set', config: 'ui/theme', version: 1, scope: `tenants/${id}` },
        ...{ actor: 'ann', reason: 'T-1', via: 'admin 10.0.0.3', origin: 'api', truncated: 0 },
        diff: [{ op: 'add', path: '', value: { color: 'red' } }],
      },
      {
        ...{ action: 'config.set', version: 2, actor: 'ann', via: 'file app.yaml', origin: 'file app.yaml#1' },
        diff: [{ op: 'add', path: '/size', value: 3 }],
      },
      { action: 'config.set', config: 'limits/requests', version: 1, actor: undefined, via: undefined },
      { action: 'config.set', version: 2, actor: 'bob', diff: [{ op: 'replace', path: '', value: 2 }] },
      { action: 'config.rollback', version: 3, actor: 'cid', origin: 'rollback of 1' },
      { action: 'config.unset', version: 4, diff: [{ op: 'remove', path: '' }] },
    ]);
    for (const { at, acceptedAt } of entries) {
      expect(at.getTime()).toBeGreaterThan(before);
      expect(acceptedAt).toBeUndefined();
    }
  });

  it('in each scope, and so are the changes of groups', async () => {
    const { id } = fresh();
    const log = auditLog(system.orm);
    await store.scopes.setGroup('eu', [], { actor: 'ann' });
    await store.scopes.set(id, ['eu'], { actor: 'ann' });
    await store.group('eu').set(vault, { deep: [] });
    await store.group('eu').unset(vault);
    await store.global().set(vault, { deep: [] });
    await store.scopes.set(id, []);
    await store.scopes.deleteGroup('eu', { actor: 'bob' });
    const list = async (scope: 'global' | 'groups/eu') => (await log.list({ scope })).items.toReversed();
    expect(await list('groups/eu')).toMatchObject([
      { action: 'group.set', config: undefined, version: 1, diff: [{ op: 'add', path: '', value: [] }] },
      { action: 'config.set', config: 'vault' },
      { action: 'config.unset', config: 'vault' },
      { action: 'group.delete', actor: 'bob', diff: [{ op: 'remove', path: '' }] },
    ]);
    expect(await list('global')).toMatchObject([{ action: 'config.set', config: 'vault' }]);
    expect(await entriesOf(id)).toMatchObject([
      { action: 'groups.set', diff: [{ op: 'add', path: '', value: ['eu'] }] },
      { action: 'groups.set', diff: [{ op: 'remove', path: '/0' }] },
    ]);
  });

  it('a value that ended by its time, too', async () => {
    const { id, configs } = fresh();
    await configs.set(ends, 'soon', { expiresAt: 1 });
    await store.expireDue();
    expect(await entriesOf(id)).toMatchObject([
      { action: 'config.set' },
      { action: 'config.expire', origin: 'expiresAt', actor: undefined, diff: [{ op: 'remove', path: '' }] },
    ]);
  });

  it('a write-back once it is flushed, with both times', async () => {
    const { id, configs } = fresh();
    await configs.set(counter, { n: 1 }, { actor: 'ann', via: 'admin ::1' });
    const accepted = system.replication.now();
    expect(await entriesOf(id)).toEqual([]);
    await writeBack(system.orm).flush(id);
    const [entry] = await entriesOf(id);
    expect(entry).toMatchObject({ action: 'config.set', version: 1, actor: 'ann', via: 'admin ::1' });
    expect(entry?.acceptedAt?.getTime()).toBeLessThanOrEqual(accepted);
    expect(entry?.at.getTime()).toBeGreaterThanOrEqual(entry?.acceptedAt?.getTime() as number);
  });

  it('and all of a bulk of a thousand', async () => {
    const { id, configs } = fresh();
    await configs.setMany(
      many.map(config => [config, 1]),
      { actor: 'ann' },
    );
    const entries = await entriesOf(id);
    expect(entries).toHaveLength(1_000);
    expect(new Set(entries.map(({ config }) => config)).size).toBe(1_000);
    expect(await configs.unsetMany(many.slice(0, 10))).toBe(10);
    expect(await auditLog(system.orm).list({ scope: `tenants/${id}`, action: 'config.unset' })).toMatchObject({
      items: { length: 10 },
    });
  });
});

describe('an entry is in the transaction of its change', () => {
  it('so a change that is rolled back has none', async () => {
    const { id, configs } = fresh();
    const em = system.em();
    await em
      .transactional(async inner => {
        await configs.set(theme, { color: 'red' }, { em: inner });
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect(await codeOf(configs.set(limit, -1))).toBe('INVALID_VALUE');
    expect(await codeOf(configs.unset(limit))).toBe('NOT_FOUND');
    expect(await entriesOf(id)).toEqual([]);
    await em.transactional(inner => configs.set(theme, { color: 'blue' }, { em: inner }));
    expect(await entriesOf(id)).toHaveLength(1);
  });

  it('so a change whose entry cannot be written is not made', async () => {
    const { id, configs } = fresh();
    await system.sql('alter table tenantry_audit rename to tenantry_gone');
    expect(await codeOf(configs.set(theme, { color: 'red' }))).toBe('TABLES_MISSING');
    await system.sql('alter table tenantry_gone rename to tenantry_audit');
    expect(await configs.get(theme)).toBeUndefined();
    expect(await entriesOf(id)).toEqual([]);
  });
});

// B22
it('neither an old nor a new value of a secret stands in any row, at any depth', async () => {
  const { id, configs } = fresh();
  const canary = (n: number) => `canary-${n}-of-a-secret`;
  const value = (n: number) => ({ deep: [{ key: canary(n), n: 424_200 + n }] });
  await configs.set(vault, value(1));
  await configs.set(vault, { deep: [...value(1).deep, ...value(2).deep] });
  await configs.set(apiKey, { url: 'x', key: canary(3) });
  await configs.patch(apiKey, { key: canary(4) });
  await configs.rollback(apiKey, 1);
  await configs.unset(apiKey);
  await auditLog(system.orm).record({
    action: 'config.reveal',
    scope: `tenants/${id}`,
    config: 'secrets/api-key',
    diff: [{ op: 'test', path: '', value: { key: canary(5) } }],
  });
  const entries = await entriesOf(id);
  expect(entries).toHaveLength(7);
  const rows = JSON.stringify(await system.sql('select * from tenantry_audit where scope = ?', [`tenants/${id}`]));
  expect(rows).not.toMatch(/canary-|4242\d\d/);
  expect(entries[3]).toMatchObject({ diff: [{ op: 'replace', path: '/key', value: MASK }] });
});

it('an entry outlives what it is about', async () => {
  const { id, configs } = fresh();
  await configs.set(theme, { color: 'red' });
  await system.sql('delete from tenantry_config_revision where tenant = ?', [id]);
  await system.sql('delete from tenantry_config where tenant = ?', [id]);
  expect(await entriesOf(id)).toHaveLength(1);
});

it('a `via` is text of at most 255 characters that every database keeps, and nothing is written otherwise', async () => {
  const { id, configs } = fresh();
  for (const via of ['x'.repeat(256), 7, null, 'a\0b', '\ud800'])
    expect(await codeOf(configs.set(theme, { color: 'red' }, { via: via as never }))).toBe('INVALID_OPTION');
  expect(await entriesOf(id)).toEqual([]);
});
