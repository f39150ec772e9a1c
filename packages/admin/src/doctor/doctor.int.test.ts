import { defineConfig, defineSync, GLOBAL_TENANT } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { aclRules, eventually, startRedisServer } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Plan } from '../../../mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../../mikro-orm/src/system.fixture.ts';
import { lab, mode, openLab, useLab } from '../admin.fixture.ts';
import { checkFeeds } from './check-feeds.ts';

const small = defineSync<Plan>()({ name: 'plans', tenant: 'tenantId', keys: { id: ['id'] }, maxBytes: 500 });

useLab({ system: { sync: [[Plan, small]], tenantry: { maxAttempts: 1 } } });

interface Found {
  readonly state: string;
  readonly message: string;
  readonly remedy?: string;
}

async function examine(of = lab): Promise<Record<string, Found>> {
  const { body, status } = await of.as('root').get('/operations/doctor');
  expect(status).toBe(200);
  return Object.fromEntries(body.checks.map(({ id, ...check }: Found & { id: string }) => [id, check]));
}

it('every check is there, says what it found, and what is wrong has a remedy', async () => {
  const found = await examine();
  expect(Object.keys(found).sort()).toEqual([
    ...[
      'database',
      'database-clock',
      'dead-letters',
      'dead-rows',
      'definitions',
      'feeds',
      'installation',
      'outbox',
      'redis',
      'redis-clock',
    ],
    ...['redis-eviction', 'redis-filled', 'redis-persistence', 'redis-rights', 'tables', 'workers'],
  ]);
  for (const id of [
    'database',
    'database-clock',
    'tables',
    'redis',
    'redis-clock',
    'redis-eviction',
    'redis-rights',
    'feeds',
    'installation',
  ])
    expect([id, found[id]]).toEqual([id, expect.objectContaining({ state: 'ok' })]);
  for (const { state, remedy } of Object.values(found))
    expect(remedy !== undefined).toBe(['warn', 'fail'].includes(state));
  expect(found.database?.message).toMatch(/^It is (MariaDB|MySQL|PostgreSQL) \d/);
});

it('a Redis that was never filled fails, and one that was does not', async () => {
  expect((await examine())['redis-filled']).toMatchObject({ state: 'fail', remedy: expect.stringContaining('worker') });
  await lab.system.replication.fillIfEmpty();
  expect((await examine())['redis-filled']).toMatchObject({ state: 'ok' });
});

it('the feed of Redis is told of by its epoch, and a client that does not follow it fails', async () => {
  const { system, grants } = lab;
  // A grant is told of in the global feed.
  const give = (who: string) => grants.give({ who: `user:${who}`, verbs: ['view'], scope: '*' });
  const { fillState, of } = system.replication.replica.names;
  const { epoch, feed } = of(GLOBAL_TENANT);
  await system.replication.fillIfEmpty();
  await give('ann');
  const first = await system.redis.hget(epoch, 'id');
  expect((await examine()).feeds).toMatchObject({
    state: 'ok',
    message: expect.stringMatching(new RegExp(`has what Redis has: .* message \\d+ of epoch ${first}\\.`)),
  });
  // As Redis loses it.
  await system.redis.del(epoch, feed, fillState);
  await give('bob');
  const second = await system.redis.hget(epoch, 'id');
  expect(second).not.toBe(first);
  expect((await examine()).feeds).toMatchObject({
    state: 'fail',
    message: expect.stringContaining(`of epoch ${second}.`),
  });
  await system.replication.fillIfEmpty();
  await eventually(async () =>
    expect((await examine()).feeds).toMatchObject({
      state: 'ok',
      message: expect.stringMatching(new RegExp(`of epoch ${second}\\. It began feeds anew \\d+ times`)),
    }),
  );

  // Of another prefix, by mistake.
  await using client = await createClient({
    redis: `redis://${system.redis.options.host}:${system.redis.options.port}`,
    prefix: `${system.prefix}-other`,
  });
  const [feeds] = await checkFeeds({ client, replication: system.replication });
  expect(feeds).toMatchObject({
    state: 'fail',
    message: expect.stringContaining(`of epoch ${second}`),
    remedy: expect.stringContaining('prefix'),
  });
});

it('of a prefix that another database has, it says so and what to do, and nothing of what the other one has there', async () => {
  const { system } = lab;
  await system.replication.fillIfEmpty();
  await using second = await openLab({ system: { prefix: system.prefix } });
  const found = await examine(second);
  expect(found.installation).toEqual({
    state: 'fail',
    message: expect.stringContaining(`prefix "${system.prefix}": no change of this one is published`),
    remedy: expect.stringContaining(system.replication.replica.names.installation),
  });
  for (const id of ['redis-filled', 'workers', 'feeds', 'definitions'])
    expect([id, found[id]]).toEqual([id, { state: 'unknown', message: expect.stringContaining('other installation') }]);
  expect((await examine()).installation).toMatchObject({ state: 'ok' });
});

it('changes that wait for long, and changes that were given up on, are told with what to do', async () => {
  const { system } = lab;
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: 'dead', name: 'x', notes: 'y'.repeat(600) });
  await em.flush();
  await eventually(async () => {
    await system.replication.relay();
    return (await system.replication.backlog()).dead === 1;
  });
  expect((await examine())['dead-rows']).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('1 change was'),
  });
  await system.replication.discardDeadRows();
  const insert = (age: number) =>
    system.sql(
      `insert into tenantry_outbox (transaction_id, source, record_id, tenant, op, attempts, available_at, created_at) values ('t', 'plans', '1', 'acme', 'put', 0, ${Date.now()}, ${Date.now() - age})`,
    );
  await insert(120_000);
  expect((await examine()).outbox).toMatchObject({ state: 'warn', message: expect.stringContaining('for 2 min') });
  await system.sql('delete from tenantry_outbox');
  await insert(3_600_000);
  expect((await examine()).outbox).toMatchObject({ state: 'fail', message: expect.stringContaining('for 1 h') });
  await system.sql('delete from tenantry_outbox');
  expect((await examine()).outbox).toMatchObject({ state: 'ok' });
});

it('a table that is not there fails', async () => {
  await lab.system.sql('alter table tenantry_audit rename to gone');
  try {
    expect((await examine()).tables).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('tenantry_audit'),
    });
  } finally {
    await lab.system.sql('alter table gone rename to tenantry_audit');
  }
});

it('another process with another schema of the same config is told of, by name', async () => {
  const { database, prefix } = lab.system;
  const other = defineConfig({ name: mode.name, schema: z.enum(['off', 'on', 'auto']), default: 'off' });
  await using second = await openSystem({ sync: [], database, prefix, tenantry: { configs: [other] } });
  await second.orm.connect();
  const { definitions } = await eventually(async () => {
    const found = await examine();
    expect(found.definitions?.state).toBe('warn');
    return found;
  });
  expect(definitions?.message).toContain('config mode (its schema)');
});

it('a Redis that evicts fails, and a user who lacks a right is told which', async () => {
  await using server = await startRedisServer();
  await using own = await openLab({ system: { redisServer: server.url } });
  await own.system.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  expect((await examine(own))['redis-eviction']).toMatchObject({
    state: 'fail',
    message: expect.stringContaining('allkeys-lru'),
  });
  await own.system.redis.config('SET', 'maxmemory-policy', 'noeviction');
  const rules = aclRules(new URL('../../../../docs/guides/security.md', import.meta.url), 'writer', {
    PASSWORD: 'pw',
    'tenantry:': `${own.system.prefix}:`,
  });
  await own.system.redis.call('ACL', 'SETUSER', ...rules);
  await own.system.redis.auth('writer', 'pw');
  const asWriter = await examine(own);
  expect(asWriter['redis-rights']).toMatchObject({ state: 'ok' });
  // CLIENT LIST shows addresses: this user may not see who is connected.
  expect(asWriter.workers).toMatchObject({ state: 'unknown' });
});
