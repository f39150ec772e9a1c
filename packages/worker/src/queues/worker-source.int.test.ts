import { configStore } from '@tenantry/mikro-orm';
import { type ConfigSource, TenantryError } from '@tenantry/protocol';
import { createLoads } from '@tenantry/redis';
import { BUSY_MS, eventually, type FaultProxy, startFaultProxy } from '@tenantry/testing';
import { workerSource } from '@tenantry/worker-source';
import { LOADS_QUEUE, type LoadReply } from '@tenantry/worker-source/internal';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { allConfigs, apiKey, limit, theme } from '../../../mikro-orm/src/configs.fixture.ts';
import { openSystem, type TestSystem } from '../../../mikro-orm/src/system.fixture.ts';
import { workerFor } from '../worker.fixture.ts';
import { serveLoads } from './serve-loads.ts';

const openConfigs = () =>
  openSystem({
    sync: [],
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { configs: allConfigs },
  });

function proxyOf({ redis }: TestSystem): Promise<FaultProxy> {
  const { host = '', port = 0 } = redis.options;
  return startFaultProxy({ target: { host, port } });
}

const nothing: ConfigSource = { load: async (_tenant, definitions) => definitions.map(() => undefined) };

function served({ redis, prefix }: TestSystem, source: ConfigSource, configs: readonly (typeof limit)[] = [limit]) {
  const definitions = new Map(configs.map(definition => [definition.name, definition]));
  const errors: TenantryError[] = [];
  const serving = serveLoads({
    ...{ redis, prefix, source, definitions },
    loads: createLoads({ redis, prefix }),
    now: Date.now,
    onError: error => errors.push(error),
  });
  return { errors, [Symbol.asyncDispose]: () => serving.close(2_000) };
}

describe('a source that asks the workers', () => {
  it('gives what the database has, and leaves nothing of it in Redis', async () => {
    // K18
    await using system = await openConfigs();
    const { redis, prefix } = system;
    const store = configStore(system.orm as never).tenant('acme');
    await store.set(limit, 5);
    await store.set(apiKey, { url: 'https://example.test', key: 'hush-hush' });
    for (const key of await redis.keys(`${prefix}:{acme}:*`)) await redis.del(key);
    await using _worker = await workerFor(system);
    await using source = workerSource({ redis, prefix });
    const loads = [source.load('acme', [limit, theme]), source.load('acme', [apiKey, limit])];
    expect(await Promise.all(loads)).toEqual([
      [{ version: 1, updatedAt: expect.any(Number), expiresAt: 0, json: '5' }, undefined],
      [expect.objectContaining({ json: expect.stringContaining('hush-hush') }), expect.objectContaining({ json: '5' })],
    ]);
    expect(await source.load('acme', [])).toEqual([]);
    // The worker fills this Redis meanwhile: under the tenant's names the value is where it belongs.
    const others = (await redis.keys(`${prefix}:*`)).filter(key => !key.startsWith(`${prefix}:{acme}:`));
    expect(others.length).toBeGreaterThan(0);
    for (const key of others) {
      const type = await redis.type(key);
      const held =
        type === 'stream' ? await redis.xrange(key, '-', '+') : type === 'hash' ? await redis.hgetall(key) : '';
      expect(JSON.stringify(held), key).not.toContain('hush');
    }
    await eventually(async () => expect(await redis.keys(`${prefix}:{@bullmq}:${LOADS_QUEUE}:*-*-*`)).toEqual([]));
  });

  it('is one job for everything that one tick wants of a tenant', async () => {
    await using system = await openConfigs();
    let asked = 0;
    await using _served = served(system, {
      async load(_tenant, definitions) {
        asked++;
        return definitions.map(() => undefined);
      },
    });
    await using source = workerSource({ redis: system.redis, prefix: system.prefix });
    await Promise.all([source.load('acme', [limit]), source.load('acme', [limit]), source.load('other', [limit])]);
    expect(asked).toBe(2);
  });

  it('says what went wrong for the worker, without its words', async () => {
    await using system = await openConfigs();
    await using _served = served(system, { load: () => Promise.reject(new Error('select secret')) });
    await using source = workerSource({ redis: system.redis, prefix: system.prefix });
    const failure = await source.load('acme', [limit]).catch(error => error);
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(failure.message).not.toContain('secret');
    await expect(source.load('acme', [theme])).rejects.toMatchObject({ code: 'NOT_REGISTERED' });
  });

  it('waits no longer than its time where no worker is there, and leaves no question behind', async () => {
    await using system = await openConfigs();
    const { redis, prefix } = system;
    await using source = workerSource({ redis, prefix, timeoutMs: 100 });
    const began = performance.now();
    await expect(source.load('acme', [limit])).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(performance.now() - began).toBeLessThan(100 + BUSY_MS);
    await eventually(async () => expect(await redis.llen(`${prefix}:{@bullmq}:${LOADS_QUEUE}:wait`)).toBe(0));
  });

  it('takes a question back that Redis got after its time was over', async () => {
    await using system = await openConfigs();
    await using proxy = await proxyOf(system);
    const redis = new Redis(proxy.port, proxy.host);
    await using source = workerSource({ redis, prefix: system.prefix, timeoutMs: 1_000 });
    const queue = `${system.prefix}:{@bullmq}:${LOADS_QUEUE}`;
    await eventually(async () => {
      await source.load('acme', [limit]).catch(() => undefined);
      expect(await system.redis.get(`${queue}:id`)).not.toBeNull();
    });
    const asked = Number(await system.redis.get(`${queue}:id`));
    proxy.set('stall');
    await expect(source.load('acme', [limit])).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(Number(await system.redis.get(`${queue}:id`))).toBe(asked);
    proxy.set('pass');
    await eventually(async () => expect(Number(await system.redis.get(`${queue}:id`))).toBeGreaterThan(asked));
    await eventually(async () => expect(await system.redis.llen(`${queue}:wait`)).toBe(0));
    redis.disconnect();
  });

  it('finds out that its connections have died without a word', async () => {
    // G6
    await using system = await openConfigs();
    await using proxy = await proxyOf(system);
    await using _served = served(system, nothing);
    const redis = new Redis(proxy.port, proxy.host);
    await using source = workerSource({ redis, prefix: system.prefix, timeoutMs: 300 });
    await eventually(async () => expect(await source.load('acme', [limit])).toEqual([undefined]));
    proxy.halfOpen();
    await expect(source.load('acme', [limit])).rejects.toMatchObject({ code: 'TIMEOUT' });
    await eventually(async () => expect(await source.load('acme', [limit])).toEqual([undefined]));
    redis.disconnect();
  });

  it.each(['all of its connections', 'the one that hears the answers'])(
    'asks as soon as the application is connected, where it has lost %s',
    async lost => {
      await using system = await openConfigs();
      await using proxy = await proxyOf(system);
      await using _served = served(system, nothing);
      const redis = new Redis(proxy.port, proxy.host);
      redis.on('error', () => undefined);
      const made: Redis[] = [];
      redis.duplicate = options => {
        const hour = { retryStrategy: () => 3_600_000 };
        const connection = Redis.prototype.duplicate.call(redis, { ...options, ...hour });
        made.push(connection);
        return connection;
      };
      await using source = workerSource({ redis, prefix: system.prefix });
      await eventually(async () => expect(await source.load('acme', [limit])).toEqual([undefined]));
      if (lost === 'all of its connections') proxy.set('refuse');
      else made.at(-1)?.stream.destroy();
      await eventually(() => expect(made.at(-1)?.status).toBe('reconnecting'));
      proxy.set('pass');
      await eventually(() => expect(redis.status).toBe('ready'));
      expect(await source.load('acme', [limit])).toEqual([undefined]);
      redis.disconnect();
    },
  );

  it('keeps nothing to be sent later while Redis is away', async () => {
    await using system = await openConfigs();
    await using proxy = await proxyOf(system);
    await using _served = served(system, nothing);
    const redis = new Redis(proxy.port, proxy.host);
    redis.on('error', () => undefined);
    await using source = workerSource({ redis, prefix: system.prefix, timeoutMs: 200 });
    const load = () => source.load('acme', [limit]);
    await eventually(async () => expect(await load()).toEqual([undefined]));
    const heard: LoadReply[] = [];
    const listener = system.redis.duplicate();
    await listener.psubscribe(`${system.prefix}:*:loads:*`);
    listener.on('pmessage', (_pattern, _channel, text) => heard.push(JSON.parse(text)));
    proxy.set('refuse');
    proxy.cut();
    const until = performance.now() + 2_000;
    await eventually(async () => {
      await expect(load()).rejects.toThrow(TenantryError);
      expect(performance.now()).toBeGreaterThan(until);
    });
    proxy.set('pass');
    await eventually(async () => expect(await load()).toEqual([undefined]));
    await eventually(() => expect(heard).toContainEqual(expect.objectContaining({ found: [null] })));
    expect(heard.filter(reply => !('found' in reply && reply.found.length === 1))).toEqual([]);
    listener.disconnect();
    redis.disconnect();
  });

  it('is answered by the next worker after one that died in the middle of a load', async () => {
    await using system = await openConfigs();
    const { redis, prefix } = system;
    let hasBegun = false;
    const dying = served(system, {
      load() {
        hasBegun = true;
        return new Promise(() => undefined);
      },
    });
    await using source = workerSource({ redis, prefix, timeoutMs: 500 });
    // Until it has begun: on a busy machine a question may be taken back before a worker takes it.
    await eventually(async () => {
      await expect(source.loadIntoRedis('acme', [limit])).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(hasBegun).toBe(true);
    });
    await dying[Symbol.asyncDispose]();
    await using _served = served(system, nothing);
    await eventually(async () =>
      expect(await source.loadIntoRedis('acme', [limit])).toEqual([{ kept: 'filled', version: 0 }]),
    );
    expect(await redis.keys(`${prefix}:{acme}:lease:*`)).toEqual([]);
  });

  it('is refused at once where Redis is away', async () => {
    const redis = new Redis({ port: 1, lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    await using source = workerSource({ redis, timeoutMs: 300 });
    const failure = await source.load('acme', [limit]).catch(error => error);
    expect(failure).toBeInstanceOf(TenantryError);
    expect(failure.retryable).toBe(true);
  });

  it('closes once, fails what is still waited for, and takes nothing that is not its own along', async () => {
    await using system = await openConfigs();
    const { redis, prefix } = system;
    const source = workerSource({ redis, prefix, timeoutMs: 60_000 });
    const waiting = source.load('acme', [limit]).catch(error => error);
    await eventually(async () => expect(await redis.llen(`${prefix}:{@bullmq}:${LOADS_QUEUE}:wait`)).toBe(1));
    expect(source.close()).toBe(source.close());
    await source.close();
    expect(await waiting).toMatchObject({ code: 'CLOSED' });
    await expect(source.load('acme', [limit])).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await redis.ping()).toBe('PONG');
  });

  it('checks its options at the door', () => {
    const redis = new Redis({ lazyConnect: true });
    expect(() => workerSource({ redis: {} as never })).toThrow(TenantryError);
    expect(() => workerSource({ redis, timeoutMs: 0 })).toThrow('`timeoutMs` must be a whole number');
    expect(() => workerSource({ redis, timeout: 5 } as never)).toThrow('workerSource has no option "timeout"');
    expect(() => workerSource({ redis, prefix: 'a{b' })).toThrow('`prefix`');
  });
});
