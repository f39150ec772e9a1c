import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { startRedisServer } from './start-redis-server.ts';

const patient = { retryStrategy: () => 20, maxRetriesPerRequest: null };

it('comes back on its port with what an append-only file kept, or without anything', async () => {
  const server = await startRedisServer({ appendOnly: 'always' });
  const redis = new Redis(server.url, patient);
  redis.on('error', () => {});
  await redis.set('a', '1');
  await server.kill();
  expect(() => server.pid).toThrow('not running');
  await server.start();
  expect(await redis.get('a')).toBe('1');
  await server.restart({ wipe: true });
  expect(await redis.get('a')).toBeNull();
  redis.disconnect();
  await server.close();
});

it('stalls while it is paused, and goes on', async () => {
  const server = await startRedisServer();
  const redis = new Redis(server.url, patient);
  await redis.ping();
  server.pause();
  const answer = redis.ping();
  const pause = new Promise(resolve => setTimeout(resolve, 50, 'nothing'));
  expect(await Promise.race([answer, pause])).toBe('nothing');
  server.resume();
  expect(await answer).toBe('PONG');
  server.pause();
  await server.stop(); // would wait for ever if it stayed paused
  redis.disconnect();
  await server.close();
});

it('takes any further argument, and closes twice', async () => {
  const server = await startRedisServer({ args: ['--maxmemory-policy', 'allkeys-lru'] });
  const redis = new Redis(server.url);
  expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'allkeys-lru']);
  redis.disconnect();
  const { pid } = server;
  await server.close();
  await server.close();
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

it('says what went wrong when it cannot start', async () => {
  await expect(startRedisServer({ args: ['--no-such-setting', '1'] })).rejects.toThrow('Bad directive');
});
