import { Cluster, Command, Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { createReplica } from '../replica/create-replica.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { checkRedisClient, isCluster, type RedisClient, whenReady } from './redis-client.ts';

const lazy = { lazyConnect: true };

describe('checkRedisClient', () => {
  it('takes a Redis and a Cluster that never connected', () => {
    for (const redis of [new Redis(lazy), new Cluster([{ port: 1 }], lazy)])
      expect(() => checkRedisClient(redis)).not.toThrow();
  });

  it.each([undefined, null, 'redis://localhost', {}, { host: 'localhost' }, 6379])('refuses %j at the door', what => {
    for (const open of [
      checkRedisClient,
      redis => createReplica({ redis }),
      redis => createReplicaReader({ redis }),
    ] as ((redis: RedisClient) => unknown)[])
      expect(() => open(what as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('refuses a connection that only monitors', () => {
    expect(() => checkRedisClient(new Redis({ ...lazy, monitor: true }))).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('`monitor`') }),
    );
  });

  it.each([
    ['get', 'Reply', (text: unknown) => text && JSON.parse(text as string)],
    ['evalsha', 'Reply', (reply: unknown) => reply],
    ['time', 'Reply', ([seconds]: string[]) => seconds],
    // The example of ioredis's README.
    ['hgetall', 'Reply', (flat: unknown) => Array.from({ length: 1 }, () => flat)],
    ['set', 'Argument', (args: unknown[]) => args],
    ['hset', 'Argument', ([key]: unknown[]) => [key]],
  ] as const)('refuses what an application makes of %s by setting a transformer', (command, kind, transform) => {
    const table = (Command as unknown as { _transformer: { reply: object; argument: object } })._transformer;
    const [reply, argument] = [{ ...table.reply }, { ...table.argument }];
    try {
      Command[`set${kind}Transformer`](command, transform as never);
      const message = expect.stringContaining(`Command.set${kind}Transformer('${command}')`);
      expect(() => checkRedisClient(new Redis(lazy))).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message }),
      );
    } finally {
      Object.assign(table, { reply, argument });
    }
    expect(() => checkRedisClient(new Redis(lazy))).not.toThrow();
  });

  it('takes transformers of commands that nothing of ours sends', () => {
    const table = (Command as unknown as { _transformer: { reply: Record<string, unknown> } })._transformer;
    try {
      Command.setReplyTransformer('geosearch', found => found);
      expect(() => checkRedisClient(new Redis(lazy))).not.toThrow();
    } finally {
      delete table.reply.geosearch;
    }
  });

  it('shows what arrived', () => {
    expect(() => checkRedisClient('redis://localhost')).toThrow('"redis://localhost" (string)');
  });

  it('refuses a keyPrefix, on a Redis and wherever a Cluster may have it', () => {
    const refused = expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('keyPrefix') });
    const nodes = [{ port: 1 }];
    expect(() => checkRedisClient(new Redis({ ...lazy, keyPrefix: 'app:' }))).toThrow(refused);
    expect(() => checkRedisClient(new Cluster(nodes, { ...lazy, keyPrefix: 'app:' }))).toThrow(refused);
    expect(() => checkRedisClient(new Cluster(nodes, { ...lazy, redisOptions: { keyPrefix: 'app:' } }))).toThrow(
      refused,
    );
  });
});

it('isCluster tells one from the other', () => {
  expect(isCluster(new Redis(lazy))).toBe(false);
  expect(isCluster(new Cluster([{ port: 1 }], lazy))).toBe(true);
});

it('whenReady fails at once, retryable, on a connection that was closed', async () => {
  const redis = new Redis(lazy);
  redis.disconnect();
  await expect(whenReady(redis)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
});
