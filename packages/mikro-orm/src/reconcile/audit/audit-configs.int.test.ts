import { defineConfig } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import { eventually, PATIENT } from '@tenantry/testing';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigStore, configStore } from '../../config-store/config-store.ts';
import { allConfigs, apiKey, banner, counter, limit, session, theme } from '../../configs.fixture.ts';
import { openSystem, type TestSystem } from '../../system.fixture.ts';
import { writeBack } from '../../write-back/write-back.ts';
import type { AuditOptions } from './audit-options.ts';
import type { AuditSummary } from './audit-summary.ts';

const local = defineConfig({ ...PATIENT, name: 'local', schema: z.number(), cache: 'local' });
const passing = defineConfig({ ...PATIENT, name: 'passing', schema: z.number(), ttl: '20ms', maxStale: '20ms' });
const codec = createPayloadCodec();

let system: TestSystem;
let store: ConfigStore;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(): Promise<void> {
  system = await openSystem({
    sync: [],
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { configs: [...allConfigs, local, passing] },
  });
  store = configStore(system.orm as never);
}

async function audited(options: AuditOptions = {}): Promise<{ found: string[]; summary: AuditSummary }> {
  const found: string[] = [];
  const summary = await system.replication.audit({
    graceMs: 300,
    onFinding: ({ kind, tenant, owner }) => found.push(`${kind} ${String(tenant)} ${owner}`),
    ...options,
  });
  // Other tests share this Redis: while its table of names grows or shrinks, SCAN may give one twice, and what is wrong there is told twice.
  return { found: [...new Set(found)].sort(), summary };
}

const names = () => system.replication.replica.names.of('acme');
const version = async (address: string) => Number((await system.redis.hget(names().records, address))?.split(' ')[0]);

/** Finds exactly these, repairs them, and finds nothing more. */
async function findsAndRepairs(expected: string[]): Promise<void> {
  expect((await audited()).found).toEqual(expected);
  expect((await audited({ repair: true })).summary).toMatchObject({ left: 0, repaired: expected.length });
  expect(await audited()).toMatchObject({ found: [], summary: { left: 0, waiting: 0 } });
}

it('nothing is wrong with configs of any policy, wherever they are kept, set or not', async () => {
  await open();
  const acme = store.tenant('acme');
  await acme.set(theme, { color: 'red' });
  await acme.set(banner, { text: 'hello' });
  await acme.set(session, { user: 'ann' });
  await acme.set(local, 1);
  await acme.set(apiKey, { url: 'u', key: 'k' });
  await acme.set(limit, 5);
  await acme.unset(limit);
  await acme.set(passing, 1);
  await eventually(async () => (await system.redis.exists(`${names().keyPrefix}${passing.address}`)) === 0);
  expect(await audited()).toMatchObject({ found: [], summary: { left: 0, waiting: 0 } });
});

it('a value that waits for the database is left alone, and its repair does not take it back', async () => {
  await open();
  const acme = store.tenant('acme');
  await acme.set(counter, { n: 1 });
  expect(await audited({ repair: true })).toMatchObject({ found: [], summary: { waiting: 0 } });
  expect(await system.value('acme', counter.address)).toEqual({ n: 1 });
  await writeBack(system.orm as never).flush();
  await acme.set(counter, { n: 2 });
  expect(await audited({ repair: true })).toMatchObject({ found: [] });
  expect(await system.value('acme', counter.address)).toEqual({ n: 2 });
  await writeBack(system.orm as never).flush();
  expect(await audited()).toMatchObject({ found: [], summary: { waiting: 0 } });
});

it('a value that is gone is there again, at its version', async () => {
  await open();
  await store.tenant('acme').set(theme, { color: 'red' });
  await system.redis.del(`${names().keyPrefix}${theme.address}`);
  await findsAndRepairs([`missing acme ${theme.address}`]);
  expect(await system.value('acme', theme.address)).toEqual({ color: 'red' });
  expect(await version(theme.address)).toBe(1);
});

it('a change whose publish was lost is published', async () => {
  await open();
  await store.tenant('acme').set(theme, { color: 'red' });
  await system.sql(`update tenantry_config set value = '{"color":"blue"}', version = 2`);
  await findsAndRepairs([`stale acme ${theme.address}`]);
  expect(await system.value('acme', theme.address)).toEqual({ color: 'blue' });
});

it('other bytes at the same version get a new one, which readers take', async () => {
  await open();
  await store.tenant('acme').set(theme, { color: 'red' });
  const payload = codec.encode({ color: 'forged' });
  const forged = encodeEnvelope({ version: 1, updatedAt: 1, expiresAt: 0, owner: theme.address, payload });
  await system.redis.set(`${names().keyPrefix}${theme.address}`, forged);
  await findsAndRepairs([`stale acme ${theme.address}`]);
  expect(await system.value('acme', theme.address)).toEqual({ color: 'red' });
  expect(await version(theme.address)).toBe(2);
  expect((await store.tenant('acme').history(theme)).items).toMatchObject([
    { version: 2, origin: 'repair' },
    { version: 1, origin: 'api' },
  ]);
});

it('what was loaded for a config that is only announced is compared, too', async () => {
  await open();
  await store.tenant('acme').set(banner, { text: 'hello' });
  const payload = codec.encode({ text: 'forged' });
  const forged = encodeEnvelope({ version: 1, updatedAt: 1, expiresAt: 0, owner: banner.address, payload });
  await system.redis.set(`${names().keyPrefix}${banner.address}`, forged);
  await findsAndRepairs([`stale acme ${banner.address}`]);
  expect(await system.value('acme', banner.address)).toBeUndefined();
});

it('an unset that Redis never heard of is brought to it', async () => {
  await open();
  await store.tenant('acme').set(theme, { color: 'red' });
  await system.sql('update tenantry_config set value = null, deleted_at = 1, version = 2');
  await findsAndRepairs([`orphan acme ${theme.address}`]);
  expect(await system.value('acme', theme.address)).toBeUndefined();
});

it('a row that was deleted by raw SQL leaves, and its versions do not begin again', async () => {
  await open();
  const acme = store.tenant('acme');
  await acme.set(theme, { color: 'red' });
  await acme.set(theme, { color: 'green' });
  await system.sql('delete from tenantry_config');
  await system.sql('delete from tenantry_config_revision');
  await findsAndRepairs([`orphan acme ${theme.address}`]);
  expect(await system.value('acme', theme.address)).toBeUndefined();
  expect(await acme.set(theme, { color: 'blue' })).toMatchObject({ version: 4 });
  expect(await system.value('acme', theme.address)).toEqual({ color: 'blue' });
});

it('a version that Redis has and the database never gave is ahead, and only a resync goes above it', async () => {
  await open();
  const acme = store.tenant('acme');
  for (const color of ['red', 'green', 'blue']) await acme.set(theme, { color });
  await system.sql(`update tenantry_config set value = '{"color":"red"}', version = 1`);
  await system.sql('delete from tenantry_config_revision where version > 1');
  expect((await audited({ repair: true })).summary).toMatchObject({ left: 1, found: { ahead: 1 } });
  expect(await system.replication.resync()).toMatchObject({ left: 0, repaired: 1 });
  expect(await system.value('acme', theme.address)).toEqual({ color: 'red' });
  expect(await version(theme.address)).toBe(4);
});

it('a write-back whose mark Redis lost is marked again, and is in the database after the next flush', async () => {
  await open();
  const acme = store.tenant('acme');
  const back = writeBack(system.orm as never);
  // Only then it is known which of the two went back.
  await system.replication.fillIfEmpty();
  await acme.set(counter, { n: 1 });
  await acme.set(limit, 5);
  await back.flush('acme');
  await acme.set(counter, { n: 2 });
  await acme.set(counter, { n: 3 });
  await system.redis.del(names().dirty);
  expect(await back.flush('acme')).toMatchObject({ flushed: 0 });
  await findsAndRepairs([`ahead acme ${counter.address}`]);
  expect(await back.flush('acme')).toMatchObject({ flushed: 1, remaining: 0 });
  expect(await acme.history(counter)).toMatchObject({
    items: [{ version: 3, value: { n: 3 }, origin: 'repair' }, { version: 1 }],
  });
  expect(await audited()).toMatchObject({ found: [], summary: { left: 0 } });

  // It was taken away.
  await acme.unset(counter);
  await system.redis.del(names().dirty);
  await findsAndRepairs([`ahead acme ${counter.address}`]);
  expect(await back.flush('acme')).toMatchObject({ flushed: 1 });
  expect(await acme.get(counter)).toBeUndefined();

  // Nobody but Redis ever had it.
  const other = store.tenant('zeta');
  await other.set(counter, { n: 7 });
  await system.redis.del(system.replication.replica.names.of('zeta').dirty);
  await findsAndRepairs([`orphan zeta ${counter.address}`]);
  expect(await back.flush('zeta')).toMatchObject({ flushed: 1 });
  expect(await other.history(counter)).toMatchObject({ items: [{ version: 1, value: { n: 7 } }] });

  // Its record was lost with the mark: the first repair brings the database's back, the second finds the key.
  await other.set(counter, { n: 8 });
  const { dirty, records } = system.replication.replica.names.of('zeta');
  await system.redis.multi().del(dirty).hdel(records, counter.address).exec();
  await audited({ repair: true });
  await audited({ repair: true });
  await back.flush('zeta');
  expect(await other.get(counter)).toMatchObject({ value: { n: 8 } });
  expect(await other.history(counter)).toMatchObject({ items: [{ value: { n: 8 } }, { value: { n: 7 } }] });
  expect(await audited()).toMatchObject({ found: [], summary: { left: 0 } });

  // What nobody can read is given up, and keeps nothing else from being repaired.
  await other.set(counter, { n: 9 });
  await system.redis.del(dirty);
  const key = system.replication.replica.names.of('zeta').keyPrefix + counter.address;
  const bytes = (await system.redis.getBuffer(key)) as Buffer;
  await system.redis.set(key, bytes.subarray(0, bytes.length - 1));
  expect((await audited({ repair: true })).summary).toMatchObject({ left: 0 });
  expect(await other.get(counter)).toMatchObject({ value: { n: 8 } });

  // Redis has lost the value as well: the database's, above it.
  await acme.set(counter, { n: 5 });
  await back.flush('acme');
  await acme.set(counter, { n: 6 });
  await system.redis.del(names().dirty, names().keyPrefix + counter.address);
  await findsAndRepairs([`ahead acme ${counter.address}`]);
  expect(await acme.get(counter)).toMatchObject({ value: { n: 5 } });
  expect(await version(counter.address)).toBe(7);
});

it('a write-back that is ahead of a database that went back is left to a resync', async () => {
  await open();
  const acme = store.tenant('acme');
  await system.replication.fillIfEmpty();
  await system.replication.checkHistory();
  for (const n of [1, 2, 3]) await acme.set(counter, { n });
  await writeBack(system.orm as never).flush('acme');
  await system.sql(`update tenantry_config set value = '{"n":0}', version = 1`);
  await system.sql('update tenantry_replica set confirmed = 1, announced = 1');
  expect((await audited({ repair: true })).summary).toMatchObject({ left: 1, found: { ahead: 1 } });
  expect(await system.replication.resync()).toMatchObject({ left: 0 });
  expect(await acme.get(counter)).toMatchObject({ value: { n: 0 } });
});

it('a config of a definition that is gone is told, and left', async () => {
  await open();
  await store.tenant('acme').set(theme, { color: 'red' });
  const { redis, prefix, database } = system;
  await using other = await openSystem({
    sync: [],
    database,
    prefix,
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { redis, configs: [limit] },
  });
  expect(await other.replication.audit({ repair: true })).toMatchObject({ left: 1, found: { unknown: 1 } });
});
