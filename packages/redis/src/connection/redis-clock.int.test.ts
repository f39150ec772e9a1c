import { eventually, freshPrefix } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { whenReady } from './redis-client.ts';
import { createRedisClock } from './redis-clock.ts';

const HOUR = 3_600_000;

async function connected(enableAutoPipelining = false) {
  const { redisUrl, prefix, close } = freshPrefix();
  const redis = new Redis(redisUrl, { enableAutoPipelining });
  await whenReady(redis);
  return {
    redis,
    prefix,
    /** How far the clock is from that of Redis, less the round trip that asking took. */
    async wrongBy(now: () => number) {
      const asked = now();
      const [seconds, micros] = await redis.time();
      const told = Number(seconds) * 1_000 + Number(micros) / 1_000;
      return told < asked ? asked - told : Math.max(0, told - now());
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      await close();
    },
  };
}

it.each([HOUR, -HOUR, 0])('a clock that is wrong by %i ms is right once Redis has told its time', async skew => {
  await using test = await connected();
  const clock = createRedisClock(() => Date.now() + skew);
  expect(clock.isKnown).toBe(false);
  expect(Math.abs(clock.now() - Date.now() - skew)).toBeLessThan(HOUR / 2);
  await clock.measure(test.redis);
  expect(clock.isKnown).toBe(true);
  await eventually(async () => {
    await clock.measure(test.redis);
    expect(await test.wrongBy(clock.now)).toBeLessThan(20);
  });
  expect(Number.isInteger(clock.now())).toBe(true);
});

it('a clock that is given can be held and moved on: the first answers tell how wrong it is, later ones do not move it back', async () => {
  await using test = await connected();
  let now = Date.now();
  const clock = createRedisClock(() => now);
  await clock.measure(test.redis);
  const before = clock.now();
  now += HOUR;
  for (let i = 0; i < 5; i++) await clock.measure(test.redis);
  expect(Math.abs(clock.now() - before - HOUR)).toBeLessThan(1_000);
});

it('tells when the time has moved, and not when it merely was confirmed', async () => {
  await using test = await connected();
  let moves = 0;
  const machineNow = Date.now;
  Date.now = () => machineNow() + HOUR;
  try {
    const clock = createRedisClock(undefined, () => moves++);
    await clock.measure(test.redis);
    expect(moves).toBe(1);
    expect(await test.wrongBy(clock.now)).toBeLessThan(1_000);
  } finally {
    Date.now = machineNow;
  }
});

it('never connects, and outlives a connection that is gone', async () => {
  const redis = new Redis({ port: 1, lazyConnect: true });
  const clock = createRedisClock();
  await clock.measure(redis);
  expect(redis.status).toBe('wait');
  expect(clock.isKnown).toBe(false);
  await using test = await connected();
  const asked = clock.measure(test.redis);
  test.redis.disconnect();
  await asked;
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
});

// With automatic pipelines a transaction overtakes the commands that were called before it.
it.each([false, true])(
  'is known when the first read is answered, enableAutoPipelining: %s',
  async enableAutoPipelining => {
    await using test = await connected(enableAutoPipelining);
    const clock = createRedisClock(() => Date.now() + HOUR);
    const reader = createReplicaReader({ redis: test.redis, prefix: test.prefix, clock });
    await reader.read('acme', ['config:limits']);
    expect(clock.isKnown).toBe(true);
  },
);
