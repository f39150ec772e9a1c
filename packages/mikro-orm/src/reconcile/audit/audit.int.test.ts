import { defineSync, GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../../plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../../system.fixture.ts';
import type { AuditOptions } from './audit-options.ts';
import type { AuditFinding, AuditSummary } from './audit-summary.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

const codec = createPayloadCodec();

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({
    sync: [
      [Plan, plans],
      [Limit, limits],
    ],
    ...options,
  });
}

/** Four plans and two limits of two tenants: p1 to p3 and a limit are acme's. */
async function seed(): Promise<void> {
  const em = system.em();
  for (const [id, tenantId] of [
    [1, 'acme'],
    [2, 'acme'],
    [3, 'acme'],
    [4, 'zeta'],
  ] as const)
    em.create(Plan, { id, tenantId, slug: `p${id}`, name: `plan ${id}` });
  em.create(Limit, { id: 1, tenantId: 'acme', amount: 1 });
  em.create(Limit, { id: 2, tenantId: 'zeta', amount: 2 });
  await em.flush();
  await system.drain();
}

async function audited(options: AuditOptions = {}): Promise<{ found: string[]; summary: AuditSummary }> {
  const found: string[] = [];
  const onFinding = ({ kind, tenant, owner, address = '' }: AuditFinding) =>
    found.push(`${kind} ${String(tenant)} ${owner} ${address}`.trim());
  const summary = await system.replication.audit({ graceMs: 300, onFinding, ...options });
  // Other tests share this Redis: while its table of names grows or shrinks, SCAN may give one twice, and what is wrong there is told twice.
  return { found: [...new Set(found)].sort(), summary };
}

const keyOf = (tenant: Tenant, address: string) => system.replication.replica.names.of(tenant).keyPrefix + address;

/** Finds exactly these, repairs them, and finds nothing more. */
async function findsAndRepairs(expected: string[]): Promise<void> {
  const before = await withoutVersions(system);
  expect((await audited()).found).toEqual(expected);
  expect(await withoutVersions(system)).toEqual(before);
  const { summary } = await audited({ repair: true });
  expect(summary).toMatchObject({ left: 0, waiting: 0, complete: true });
  expect(summary.repaired).toBeGreaterThanOrEqual(expected.length);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  expect(await audited()).toMatchObject({ found: [], summary: { left: 0, repaired: 0, waiting: 0 } });
}

// R8, R11
describe('an audit finds exactly the damage, and a repair leaves none', () => {
  it('nothing, where nothing is wrong', async () => {
    await open();
    await seed();
    const { found, summary } = await audited();
    expect(found).toEqual([]);
    expect(summary).toMatchObject({ rows: 6, keys: 0, left: 0, complete: true, after: undefined });
    // A record that SCAN gives twice is counted twice.
    expect(summary.records).toBeGreaterThanOrEqual(6);
    expect(system.replication.lastAudit()).toEqual(summary);
    expect(system.reportsOf('audited')).toHaveLength(1);
  });

  it('a row that was deleted by raw SQL', async () => {
    await open();
    await seed();
    await system.sql('delete from plan where id = 2');
    await findsAndRepairs(['orphan acme plans:2']);
  });

  it('several keys of one record that does not list them', async () => {
    await open();
    await seed();
    const { redis, sql } = system;
    await redis.hdel(system.replication.replica.names.of('acme').records, 'plans:2');
    await sql('delete from plan where id = 2');
    for (const slug of ['x', 'y'])
      await redis.copy(keyOf('acme', 'plans:slug:p1'), keyOf('acme', `plans:slug:${slug}`));
    const orphans = ['id:2', 'slug:p2'].map(key => `orphan acme plans:2 plans:${key}`);
    await findsAndRepairs(['x', 'y'].map(slug => `foreign acme plans:1 plans:slug:${slug}`).concat(orphans));
  });

  it('a row that was moved to another tenant by raw SQL', async () => {
    await open();
    await seed();
    await system.sql("update plan set tenant_id = 'zeta' where id = 2");
    await findsAndRepairs(['missing zeta plans:2', 'orphan acme plans:2']);
  });

  it('a row that belongs to no tenant any more', async () => {
    await open();
    await seed();
    await system.sql('update plan set tenant_id = null where id = 2');
    await findsAndRepairs(['orphan acme plans:2']);
  });

  it('rows whose content, or key, was changed by raw SQL', async () => {
    await open();
    await seed();
    await system.sql("update plan set name = 'other' where id = 1");
    await system.sql("update plan set slug = 'new' where id = 3");
    await findsAndRepairs(['stale acme plans:1 plans:id:1', 'stale acme plans:3']);
  });

  it('rows that were inserted by raw SQL', async () => {
    await open();
    await seed();
    await system.sql("insert into plan (id, tenant_id, slug, name) values (9, 'acme', 'p9', '')");
    await findsAndRepairs(['missing acme plans:9']);
  });

  it('slugs that raw SQL swapped', async () => {
    await open();
    await seed();
    await system.sql('update plan set slug = null where id = 1');
    await system.sql("update plan set slug = 'p1' where id = 2");
    await system.sql("update plan set slug = 'p2' where id = 1");
    await findsAndRepairs(['stale acme plans:1', 'stale acme plans:2']);
  });

  it('keys that are gone', async () => {
    await open();
    await seed();
    await system.redis.del(keyOf('acme', 'plans:slug:p1'), keyOf('zeta', 'limits:id:2'));
    await findsAndRepairs(['missing acme plans:1 plans:slug:p1', 'missing zeta limits:2 limits:id:2']);
  });

  it('other bytes at the same version, and bytes that are nobody’s', async () => {
    await open();
    await seed();
    const { version, value } = (await system.redisKeys())['acme/plans:id:1'] ?? { version: 0, value: {} };
    const payload = codec.encode({ ...(value as object), name: 'forged' });
    const forged = encodeEnvelope({ version, updatedAt: 1, expiresAt: 0, owner: 'plans:1', payload });
    await system.redis.set(keyOf('acme', 'plans:id:1'), forged);
    await system.redis.set(keyOf('acme', 'plans:id:2'), 'not ours');
    await expect(audited().then(({ found }) => found)).resolves.toEqual([
      'stale acme plans:1 plans:id:1',
      'stale acme plans:2 plans:id:2',
    ]);
    const { summary } = await audited({ repair: true });
    expect(summary).toMatchObject({ repaired: 2, left: 0 });
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  });

  it('a key that somebody else holds', async () => {
    await open();
    await seed();
    const bytes = (await system.redis.getBuffer(keyOf('acme', 'plans:id:2'))) as Buffer;
    await system.redis.set(keyOf('acme', 'plans:slug:p1'), bytes);
    await findsAndRepairs(['foreign acme plans:2 plans:slug:p1']);
  });

  it('a key of a row that is not there, where no record lists it', async () => {
    await open();
    await seed();
    const payload = codec.encode({});
    const key = encodeEnvelope({ version: 1, updatedAt: 1, expiresAt: 0, owner: 'plans:77', payload });
    await system.redis.set(keyOf('acme', 'plans:id:77'), key);
    await findsAndRepairs(['orphan acme plans:77 plans:id:77']);
  });

  it('a record that is gone while its keys stand', async () => {
    await open();
    await seed();
    await system.redis.hdel(system.replication.replica.names.of('acme').records, 'plans:1');
    await findsAndRepairs(['missing acme plans:1']);
  });

  it('a whole tenant that is gone', async () => {
    await open();
    await seed();
    await system.redis.del(...(await system.redis.keys(`${system.prefix}:{acme}:*`)));
    await findsAndRepairs(['limits:1', 'plans:1', 'plans:2', 'plans:3'].map(owner => `missing acme ${owner}`));
  });

  it('records of a definition that nobody here knows are told, and left', async () => {
    await open();
    await seed();
    const change = { owner: 'plans2:1', version: 1, op: 'put' as const, addresses: ['plans2:id:1'] };
    await system.replication.replica.apply('acme', [change]);
    expect((await audited({ repair: true })).found).toEqual(['unknown acme plans2:1']);
    expect((await audited()).summary).toMatchObject({ left: 1, found: { unknown: 1 } });
  });

  it('on SQLite, too', async () => {
    await open({ sqlite: true });
    await seed();
    await system.sql('delete from plan where id = 2');
    await system.sql("update plan set name = 'other' where id = 1");
    await system.redis.del(keyOf('zeta', 'plans:id:4'));
    await findsAndRepairs(['missing zeta plans:4 plans:id:4', 'orphan acme plans:2', 'stale acme plans:1 plans:id:1']);
  });

  it('rows of the one global tenant', async () => {
    const shared = defineSync<Limit>()({ name: 'shared', keys: { id: ['id'] } });
    await open({ sync: [[Limit, shared]] });
    const em = system.em();
    for (const id of [1, 2]) em.create(Limit, { id, tenantId: 'acme', amount: id });
    await em.flush();
    await system.sql('delete from limits where id = 1');
    await system.redis.del(keyOf(GLOBAL_TENANT, 'shared:id:2'));
    await findsAndRepairs([
      'missing Symbol(tenantry.global) shared:2 shared:id:2',
      'orphan Symbol(tenantry.global) shared:1',
    ]);
    expect((await audited({ tenant: 'acme' })).summary).toMatchObject({ rows: 0, records: 0 });
  });

  it('a row that cannot be published, and why; a repair leaves what stands there', async () => {
    const small = defineSync<Plan>()({ name: 'small', tenant: 'tenantId', keys: { id: ['id'] }, maxBytes: 200 });
    await open({ sync: [[Plan, small]] });
    const em = system.em();
    em.create(Plan, { id: 1, tenantId: 'acme', name: 'short' });
    await em.flush();
    await system.sql("update plan set notes = repeat('x', 300) where id = 1");
    const codes: unknown[] = [];
    const { summary } = await audited({ repair: true, onFinding: ({ kind, code }) => codes.push([kind, code]) });
    expect(codes).toEqual([['unpublishable', 'PAYLOAD_TOO_LARGE']]);
    expect(summary).toMatchObject({ left: 1, repaired: 0 });
    expect(await system.value('acme', 'small:id:1')).toMatchObject({ name: 'short' });
  });

  it('only one tenant, where one is asked for', async () => {
    await open();
    await seed();
    await system.sql('delete from plan');
    expect((await audited({ tenant: 'zeta' })).found).toEqual(['orphan zeta plans:4']);
  });
});
