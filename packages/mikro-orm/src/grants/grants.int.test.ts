import { GLOBAL_TENANT } from '@tenantry/protocol';
import { defineGrants } from '@tenantry/protocol/internal';
import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditLog } from '../audit-log/audit-log.ts';
import { configStore } from '../config-store/config-store.ts';
import { codeOf } from '../config-store/store.fixture.ts';
import { pages } from '../config-store/views/pages.fixture.ts';
import { limit } from '../configs.fixture.ts';
import { onPostgres } from '../database/held-locks.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import type { NewGrant } from './grant.ts';
import { type Grants, grants } from './grants.ts';

let system: TestSystem;
let rights: Grants;

beforeEach(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { admin: true, configs: [limit] } });
  rights = grants(system.orm);
});
afterEach(() => system[Symbol.asyncDispose]());

const edit: NewGrant = { who: 'user:ann', verbs: ['edit', 'view'], scope: 'tenants/acme', config: 'plan' };
const ADDRESS = defineGrants().address;

/** By the publish of the change itself, for which it waits a second at most. */
const expectCount = (count: number, of = system) =>
  eventually(async () => expect(await of.value(GLOBAL_TENANT, ADDRESS)).toBe(count));

describe('a grant', () => {
  it('is given, listed and taken away, and each change is in the audit log', async () => {
    const identity = { actor: 'root', reason: 'T-1', via: 'admin ::1' };
    const given = await rights.give(edit, { identity });
    expect(given).toMatchObject({
      ...{ who: 'user:ann', verbs: ['view', 'edit'], scope: 'tenants/acme', config: 'plan' },
      ...{ createdBy: 'root', expiresAt: undefined },
    });
    await rights.give({ who: '*', verbs: ['list'], scope: '*' }, { identity });
    expect(await rights.all()).toMatchObject([given, { who: '*', config: '*' }]);
    expect(await rights.take(given.id, { identity: { actor: 'bob' } })).toEqual(given);
    expect(await rights.all()).toMatchObject([{ who: '*' }]);
    expect(await rights.take(given.id)).toBeUndefined();
    const value = { who: 'user:ann', verbs: ['view', 'edit'], scope: 'tenants/acme', config: 'plan' };
    const path = `/grants/${given.id}`;
    expect((await auditLog(system.orm).list()).items).toMatchObject([
      {
        ...{ action: 'grant.take', actor: 'bob', scope: 'tenants/acme', config: 'plan' },
        diff: [
          { op: 'test', path, value },
          { op: 'remove', path },
        ],
      },
      { action: 'grant.give', scope: undefined, config: undefined, ...identity },
      { action: 'grant.give', scope: 'tenants/acme', config: 'plan', ...identity, diff: [{ op: 'add', path, value }] },
    ]);
  });

  it('that is given again is the one that there is, and nothing is written', async () => {
    const expiresAt = new Date(system.replication.now() + 60_000);
    const given = await rights.give({ ...edit, expiresAt });
    const before = await system.sql('select version from tenantry_config where name = ?', ['@grants']);
    expect(await rights.give({ ...edit, verbs: ['view', 'edit', 'view'], expiresAt: expiresAt.getTime() })).toEqual(
      given,
    );
    expect(await rights.all()).toHaveLength(1);
    expect((await auditLog(system.orm).list()).items).toHaveLength(1);
    expect(await system.sql('select version from tenantry_config where name = ?', ['@grants'])).toEqual(before);
    // Another end is another grant.
    await rights.give(edit);
    expect(await rights.all()).toHaveLength(2);
  });

  it('ends by its time: then `all` leaves it out and `list` has it', async () => {
    const given = await rights.give({ ...edit, expiresAt: system.replication.now() + 60_000 });
    await system.sql('update tenantry_grant set expires_at = 1');
    expect(await rights.all()).toEqual([]);
    expect((await rights.list()).items).toMatchObject([{ id: given.id, expiresAt: new Date(1) }]);
    // It is no right to anything.
    expect(await codeOf(rights.give(edit, { allowed: all => all.length > 0 }))).toBe('NOT_ALLOWED');
    expect(await rights.take(given.id)).toMatchObject({ id: given.id });
  });

  it('is listed in pages, for one or for one scope, and the cursor of another list is refused', async () => {
    for (let i = 0; i < 5; i++) await rights.give({ ...edit, config: `plan-${i}` });
    await rights.give({ ...edit, who: 'user:Ann' });
    await rights.give({ ...edit, scope: 'tenants/*' });
    const list = (cursor: string | undefined) => rights.list({ who: 'user:ann', limit: 4, cursor });
    expect((await pages(list)).map(({ length }) => length)).toEqual([4, 2]);
    expect((await rights.list({ scope: 'tenants/*' })).items).toHaveLength(1);
    const { cursor } = await list(undefined);
    expect(await codeOf(rights.list({ who: 'user:bob', cursor }))).toBe('INVALID_CURSOR');
    expect(await codeOf(rights.list({ scope: 'acme' as never }))).toBe('INVALID_OPTION');
  });

  it('that is none is refused, and nothing is written', async () => {
    const now = system.replication.now();
    const bad: [object, string][] = [
      [{ who: 'ann' }, 'INVALID_OPTION'],
      [{ who: 'user:' }, 'INVALID_OPTION'],
      [{ who: 'user: ' }, 'INVALID_OPTION'],
      [{ who: 'user:ann ' }, 'INVALID_OPTION'],
      [{ who: 'user:a\nb' }, 'INVALID_OPTION'],
      [{ who: `user:${'x'.repeat(251)}` }, 'INVALID_OPTION'],
      [{ verbs: [] }, 'INVALID_OPTION'],
      [{ verbs: ['write'] }, 'INVALID_OPTION'],
      [{ verbs: 'edit' }, 'INVALID_OPTION'],
      [{ scope: 'acme' }, 'INVALID_OPTION'],
      [{ scope: 'tenant:acme' as never }, 'INVALID_OPTION'],
      [{ scope: 'tenants/ acme' }, 'INVALID_TENANT'],
      [{ scope: 'tenants/' }, 'INVALID_TENANT'],
      [{ scope: 'groups/a b' }, 'INVALID_GROUP'],
      [{ config: 'a*b' }, 'INVALID_OPTION'],
      [{ config: '' }, 'INVALID_OPTION'],
      [{ config: '@groups' }, 'INVALID_OPTION'],
      [{ config: 'x'.repeat(130) }, 'INVALID_OPTION'],
      [{ expiresAt: now }, 'INVALID_OPTION'],
      [{ expiresAt: new Date(Number.NaN) }, 'INVALID_OPTION'],
      [{ until: 7 }, 'INVALID_OPTION'],
    ];
    for (const [part, code] of bad)
      expect([part, await codeOf(rights.give({ ...edit, ...part } as never))]).toEqual([part, code]);
    expect(await codeOf(rights.give(edit, { identity: { actor: 'x'.repeat(256) } }))).toBe('INVALID_OPTION');
    expect(await codeOf(rights.give(edit, { allow: () => true } as never))).toBe('INVALID_OPTION');
    expect(await codeOf(rights.take('1' as never))).toBe('INVALID_OPTION');
    expect(await rights.all()).toEqual([]);
    expect((await auditLog(system.orm).list()).items).toEqual([]);
  });
});

describe('who follows the grants', () => {
  it.skipIf(onPostgres)('is told where triggers capture, too', async () => {
    await using other = await openSystem({
      ...{ sync: [[Plan, plans]] },
      tenantry: { admin: true, configs: [limit], capture: 'trigger' },
    });
    const given = await grants(other.orm).give(edit);
    await expectCount(1, other);
    await grants(other.orm).take(given.id);
    await expectCount(2, other);
    await configStore(other.orm).tenant('acme').set(limit, 1);
    expect((await auditLog(other.orm).list()).items).toHaveLength(3);
  });

  it('is told of each change with its commit, and Redis has no grant', async () => {
    const { names } = system.replication.replica;
    const given = await rights.give(edit);
    await expectCount(1);
    await rights.take(given.id);
    await expectCount(2);
    const changes = (await system.feed(GLOBAL_TENANT)).flatMap(message => message.changes);
    expect(changes).toMatchObject([
      { owner: ADDRESS, version: 1 },
      { owner: ADDRESS, version: 2 },
    ]);
    const key = names.of(GLOBAL_TENANT).keyPrefix + ADDRESS;
    expect((await system.redis.getBuffer(key))?.includes('ann')).toBe(false);
    expect(String(await system.redis.xrange(names.of(GLOBAL_TENANT).feed, '-', '+'))).not.toContain('ann');
  });

  it('keeps its count where another process of the database has no admin', async () => {
    await rights.give(edit);
    await expectCount(1);
    await using other = await openSystem({
      ...{ sync: [[Plan, plans]], database: system.database, prefix: system.prefix },
      tenantry: { configs: [limit] },
    });
    await other.replication.audit({ repair: true });
    await other.replication.relay();
    expect(await system.value(GLOBAL_TENANT, ADDRESS)).toBe(1);
    expect((await configStore(other.orm).global().list()).items).toEqual([]);
  });

  it('finds an audit that has nothing to repair, and no config of the application', async () => {
    await rights.give(edit);
    await system.drain();
    const store = configStore(system.orm);
    expect((await store.global().list()).items).toEqual([]);
    expect([...store.definitions.keys()]).toEqual([limit.name]);
    expect(await system.replication.audit()).toMatchObject({ left: 0, complete: true });
    await system.redis.del(...(await system.redis.keys(`${system.prefix}:*`)));
    expect(await system.replication.fillIfEmpty()).toBe(true);
    expect(await system.value(GLOBAL_TENANT, ADDRESS)).toBe(1);
  });
});

it('they are not there without the option', async () => {
  await using plain = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [limit] } });
  expect(() => grants(plain.orm)).toThrow(expect.objectContaining({ code: 'NOT_REGISTERED' }));
});
