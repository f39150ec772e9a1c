import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReplica, type TestReplica } from '../replica.fixture.ts';
import { hottestTenants } from './hottest-tenants.ts';

let test: TestReplica;
const listeners: Redis[] = [];
beforeEach(() => {
  test = openReplica();
});
afterEach(async () => {
  for (const each of listeners.splice(0)) each.disconnect();
  await test[Symbol.asyncDispose]();
});

/** One more connection that follows these. */
async function follow(...tenants: Tenant[]): Promise<void> {
  const redis = test.redis.duplicate();
  listeners.push(redis);
  await redis.subscribe(...tenants.map(tenant => test.replica.names.of(tenant).feed));
}

const hottest = (limit: number, without: Tenant[] = []) =>
  hottestTenants(test.redis, test.replica.names, limit, new Set(without));

describe('the hottest tenants', () => {
  it('are those that most connections follow, of equal ones by name', async () => {
    expect(await hottest(10)).toEqual([]);
    await follow('b', 'c', 'a:b', GLOBAL_TENANT);
    await follow('c', 'a:b');
    await follow('c');
    expect(await hottest(10)).toEqual(['c', 'a:b', GLOBAL_TENANT, 'b']);
    expect(await hottest(2)).toEqual(['c', 'a:b']);
    expect(await hottest(2, ['c', GLOBAL_TENANT])).toEqual(['a:b', 'b']);
  });

  it('are found among more channels than are asked for at once', async () => {
    const many = Array.from({ length: 2_500 }, (_, i) => `t${String(i).padStart(4, '0')}`);
    await follow(...many);
    await follow('t2100', 't0900');
    expect(await hottest(3)).toEqual(['t0900', 't2100', 't0000']);
  });

  it('are only those of this prefix', async () => {
    await follow('a');
    const other = test.redis.duplicate();
    listeners.push(other);
    await other.subscribe(`${test.prefix}x:{b}:feed`, `${test.prefix}:{c}:other`, `${test.prefix}:{%}:feed`);
    expect(await hottest(10)).toEqual(['a']);
  });

  it('are none where that may not be asked', async () => {
    await using server = await startRedisServer();
    const redis = new Redis(server.url);
    listeners.push(redis);
    const listener = new Redis(server.url);
    listeners.push(listener);
    await listener.subscribe(test.replica.names.of('a').feed);
    const ask = () => hottestTenants(redis, test.replica.names, 10, new Set());
    expect(await ask()).toEqual(['a']);
    await redis.acl('SETUSER', 'default', '-pubsub');
    expect(await ask()).toEqual([]);
  });
});
