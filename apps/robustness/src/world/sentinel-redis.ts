import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { RedisPlace } from './redis-place.ts';

export const MASTER_NAME = 'robust';
const QUORUM = 1;

/** A master, a replica, and a Sentinel that fails over after a second. */
export async function startSentinelRedis(): Promise<RedisPlace> {
  const stack = new AsyncDisposableStack();
  const master = stack.use(await startRedisServer({ appendOnly: 'everysec' }));
  const replica = stack.use(
    await startRedisServer({ appendOnly: 'everysec', args: ['--replicaof', master.host, String(master.port)] }),
  );
  const sentinel = { host: '127.0.0.1', port: await freePort() };
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-sentinel-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'sentinel.conf');
  writeFileSync(
    config,
    [
      `port ${sentinel.port}`,
      `bind ${sentinel.host}`,
      `dir ${folder}`,
      `sentinel monitor ${MASTER_NAME} ${master.host} ${master.port} ${QUORUM}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} 1000`,
      `sentinel failover-timeout ${MASTER_NAME} 4000`,
    ].join('\n'),
  );
  const process = spawn('redis-sentinel', [config], { stdio: 'ignore' });
  const ended = once(process, 'exit');
  stack.defer(async () => {
    process.kill('SIGKILL');
    await ended;
  });
  const connect = (): Redis => {
    const redis = new Redis({
      name: MASTER_NAME,
      sentinels: [sentinel],
      retryStrategy: () => 50,
      sentinelRetryStrategy: () => 50,
      maxRetriesPerRequest: null,
    });
    redis.on('error', () => undefined);
    return redis;
  };
  await eventually(() => sentinelKnows(sentinel, [master, replica]), { timeoutMs: 20_000, intervalMs: 100 });
  return {
    kind: 'sentinel',
    servers: [master, replica],
    way: async () => ({ address: { kind: 'sentinel', name: MASTER_NAME, sentinels: [sentinel] }, proxy: undefined }),
    connect,
    masters: async () => [connect()],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function sentinelKnows(sentinel: { host: string; port: number }, servers: RedisServer[]): Promise<boolean> {
  const redis = new Redis({ ...sentinel, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const known = (await redis.call('SENTINEL', 'REPLICAS', MASTER_NAME)) as unknown[];
    return known.length === servers.length - 1;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
