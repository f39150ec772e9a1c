import { defineConfig, type LoadedConfig, type TenantryError } from '@tenantry/protocol';
import { createLoadedEncoder, createLoads } from '@tenantry/redis';
import { eventually, freshPrefix, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { SharedLoads } from './shared-loads.ts';

const limit = defineConfig({ name: 'limit', schema: z.number(), cacheTimeout: '10s' });
const local = defineConfig({ name: 'local', schema: z.number(), cache: 'local' });
const encode = createLoadedEncoder(Date.now, Math.random);

let redis: Redis;
beforeAll(() => {
  redis = new Redis(testServers().redisUrl);
});
afterAll(() => redis.disconnect());

const of = (version: number, value?: number): LoadedConfig => ({
  ...{ version, updatedAt: 1, expiresAt: 0 },
  json: value === undefined ? undefined : JSON.stringify(value),
});

/** Loads whose answers a test gives one by one. */
function heldLoads() {
  const { prefix, close } = freshPrefix();
  const loads = createLoads({ redis, prefix });
  const asked: PromiseWithResolvers<LoadedConfig | undefined>[] = [];
  const errors: TenantryError[] = [];
  const source = {
    async load() {
      const answer = Promise.withResolvers<LoadedConfig | undefined>();
      asked.push(answer);
      return [await answer.promise];
    },
  };
  const onError = (error: TenantryError) => void errors.push(error);
  const shared = new SharedLoads({ source, loads, now: Date.now, onError });
  return { prefix, loads, asked, errors, source, onError, shared, [Symbol.asyncDispose]: close };
}

it('is one load for readers that ask meanwhile, and a moment later', async () => {
  await using test = heldLoads();
  const { shared, asked } = test;
  const first = shared.load('acme', [limit]);
  const second = shared.load('acme', [limit]);
  asked[0]?.resolve(of(4, 1));
  expect(await Promise.all([first, second])).toEqual(Array(2).fill([{ kept: 'filled', version: 4 }]));
  expect(await shared.load('acme', [limit])).toEqual([{ kept: 'filled', version: 4 }]);
  expect(asked).toHaveLength(1);
});

it('is another load for another tenant, and for a value that does not go into Redis', async () => {
  await using test = heldLoads();
  const { shared, asked } = test;
  const loads = [shared.load('acme', [local]), shared.load('acme', [local]), shared.load('globex', [limit])];
  expect(asked).toHaveLength(3);
  for (const { resolve } of asked) resolve(of(4, 1));
  expect(await Promise.all(loads)).toEqual([[of(4, 1)], [of(4, 1)], [{ kept: 'filled', version: 4 }]]);
});

it('leaves what is newer in Redis', async () => {
  await using test = heldLoads();
  const { shared, loads, asked } = test;
  await loads.keepLoaded('acme', encode(limit, of(5, 2)));
  const load = shared.load('acme', [limit]);
  asked[0]?.resolve(of(4, 1));
  expect(await load).toEqual([{ kept: 'newer', version: 4 }]);
});

it('asks again for a reader that came while a change was overtaking the load', async () => {
  await using test = heldLoads();
  const { shared, loads, asked, prefix } = test;
  const first = shared.load('acme', [limit]);
  await loads.keepLoaded('acme', encode(limit, of(5)));
  await redis.del(`${prefix}:{acme}:k:${limit.address}`);
  const second = shared.load('acme', [limit]);
  asked[0]?.resolve(of(4, 1));
  expect(await first).toEqual([{ kept: 'ended', version: 4 }]);
  await eventually(() => expect(asked).toHaveLength(2));
  asked[1]?.resolve(of(6, 3));
  expect(await second).toEqual([{ kept: 'filled', version: 6 }]);
});

it('remembers that there is nothing', async () => {
  await using test = heldLoads();
  const { shared, asked, prefix } = test;
  const load = shared.load('acme', [limit]);
  asked[0]?.resolve(undefined);
  expect(await load).toEqual([{ kept: 'filled', version: 0 }]);
  expect(await redis.pttl(`${prefix}:{acme}:k:${limit.address}`)).toBeGreaterThan(0);
});

it('answers with the value where Redis cannot be written, and says so', async () => {
  await using test = heldLoads();
  const { source, asked, errors, onError } = test;
  const shared = new SharedLoads({
    source,
    now: Date.now,
    loads: { keepLoaded: () => Promise.reject(Object.assign(new Error('OOM'), { code: 'OOM' })) },
    onError,
  });
  const load = shared.load('acme', [limit]);
  asked[0]?.resolve(of(4, 1));
  expect(await load).toEqual([of(4, 1)]);
  expect(errors[0]?.message).toMatch(/^Keeping a loaded config in Redis failed/);
});

it('hands a failure of the database to all that wait, and loads again afterwards', async () => {
  await using test = heldLoads();
  const { shared, asked } = test;
  const both = [shared.load('acme', [limit]), shared.load('acme', [limit])];
  asked[0]?.reject(new Error('away'));
  for (const load of both) await expect(load).rejects.toThrow('away');
  const load = shared.load('acme', [limit]);
  asked[1]?.resolve(of(4, 1));
  expect(await load).toEqual([{ kept: 'filled', version: 4 }]);
});
