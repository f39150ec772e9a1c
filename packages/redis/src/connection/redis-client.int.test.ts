import { setImmediate as turn } from 'node:timers/promises';
import { BUSY_MS, eventually, type FaultProxy, freePort, startFaultProxy, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { openReplica, row, type TestReplica } from '../replica.fixture.ts';
import { whenReady } from './redis-client.ts';
import { whenReadyBeside } from './when-ready-beside.ts';
import { within } from './within.ts';

let proxy: FaultProxy;
let test: TestReplica;
let redis: Redis;

beforeEach(async () => {
  const { hostname, port } = new URL(testServers().redisUrl);
  proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  test = openReplica();
  redis = connect(proxy.port);
});
afterEach(async () => {
  redis.disconnect();
  await test[Symbol.asyncDispose]();
  await proxy.close();
});

function connect(port: number, options = {}): Redis {
  const connection = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20, ...options });
  connection.on('error', () => undefined);
  return connection;
}

describe('whenReady', () => {
  it('waits for a connection that is being made, and begins a lazy one', async () => {
    await whenReady(redis);
    expect(redis.status).toBe('ready');
    await whenReady(redis);
    const lazy = connect(proxy.port, { lazyConnect: true });
    await whenReady(lazy);
    expect(lazy.status).toBe('ready');
    lazy.disconnect();
  });

  it('fails as soon as the connection is refused', async () => {
    const refused = connect(await freePort(), { retryStrategy: () => 60_000 });
    await expect(whenReady(refused)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    // Nor does it wait for the next attempt.
    await expect(whenReady(refused)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    refused.disconnect();
  });

  it('takes three listeners however many wait, and leaves none', async () => {
    await whenReady(redis);
    const before = ['ready', 'close', 'end'].map(event => redis.listenerCount(event));
    redis.disconnect();
    await eventually(() => redis.status === 'end');
    proxy.set('stall');
    redis.connect().catch(() => undefined);
    const waiting = Array.from({ length: 100 }, () => whenReady(redis));
    const during = ['ready', 'close', 'end'].map(event => redis.listenerCount(event));
    during.forEach((count, i) => {
      expect(count - (before[i] as number)).toBeLessThanOrEqual(2); // ioredis's own connect() has one, too
    });
    proxy.set('pass');
    await Promise.all(waiting);
    await eventually(() => expect(['ready', 'close', 'end'].map(event => redis.listenerCount(event))).toEqual(before));
  });

  // L57
  it('is bounded by within where Redis accepts and never answers', async () => {
    redis.disconnect();
    proxy.set('silent');
    redis = connect(proxy.port);
    await expect(within(100, 'Connecting', whenReady(redis))).rejects.toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('whenReadyBeside', () => {
  it('does not end a connection whose strategy gives up after so many attempts, however often it is asked', async () => {
    await whenReady(redis);
    const beside = connect(await freePort(), { retryStrategy: (times: number) => (times > 3 ? null : 3_600_000) });
    await eventually(() => expect(beside.status).toBe('reconnecting'));
    let attempts = 0;
    beside.on('connecting', () => attempts++);
    const startedAt = performance.now();
    while (attempts < 6 && beside.status !== 'end') {
      await expect(whenReadyBeside(redis, beside)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await turn();
    }
    // Not at the rate of the calls.
    expect(attempts).toBeLessThanOrEqual((performance.now() - startedAt) / 100 + 1);
    await eventually(() => expect(beside.status).toBe('reconnecting'));
    beside.disconnect();
  });
});

// G8, L57
describe('every call of a reader', () => {
  const calls = {
    read: (reader: ReturnType<typeof createReplicaReader>) => reader.read('acme', ['a']),
    heads: reader => reader.heads(['acme', 'other']),
    messagesFrom: reader => reader.messagesFrom('acme', 1),
    fillState: reader => reader.fillState(),
  } satisfies Record<string, (reader: ReturnType<typeof createReplicaReader>) => Promise<unknown>>;

  it.each(Object.keys(calls) as (keyof typeof calls)[])(
    'settles within its budget, whatever Redis does: %s',
    async name => {
      const timeoutMs = 150;
      const reader = createReplicaReader({ redis, prefix: test.prefix, timeoutMs });
      // Connected, and the script loaded: on a busy machine that takes longer than the budget.
      await eventually(() => calls[name](reader).then(() => true));
      const bounded = async () => {
        const since = performance.now();
        await expect(calls[name](reader)).rejects.toMatchObject({ retryable: true });
        expect(performance.now() - since).toBeLessThan(timeoutMs + BUSY_MS);
      };
      proxy.set('stall');
      await bounded();
      proxy.set('pass');
      await eventually(() => calls[name](reader).then(() => true));
      proxy.set('refuse');
      await eventually(() => redis.status !== 'ready');
      await bounded();
      proxy.set('silent'); // the next connection is taken and gets no answer
      await eventually(() => redis.status === 'connect');
      await bounded();
    },
  );
});

describe('a reader', () => {
  it('reads nothing without an error, and where there is nothing says so', async () => {
    expect(await test.reader.read('acme', [])).toEqual({ envelopes: [], head: undefined });
    expect(await test.reader.read('acme', ['a'])).toEqual({ envelopes: [null], head: undefined });
    expect(await test.reader.heads([])).toEqual([]);
    expect(await test.reader.heads(['acme'])).toEqual([undefined]);
    expect(await test.reader.messagesFrom('acme', 1)).toEqual([]);
    await test.replica.apply('acme', [row(1, 1, ['a'])]);
    expect((await test.reader.read('acme', [])).head).toMatchObject({ seq: 1, filled: 0 });
  });

  it('sees values and head at one moment, however much is written meanwhile', async () => {
    let writing = true;
    const write = async () => {
      for (let version = 1; writing; version++) await test.replica.apply('acme', [row(1, version, ['a', 'b'])]);
    };
    const written = write();
    for (let i = 0; i < 300; i++) {
      const { envelopes, head } = await test.reader.read('acme', ['a', 'b']);
      const versions = envelopes.map(envelope => (envelope ? Number(envelope.readBigUInt64BE(1)) : 0));
      expect(versions).toEqual([head?.seq ?? 0, head?.seq ?? 0]);
    }
    writing = false;
    await written;
  });
});
