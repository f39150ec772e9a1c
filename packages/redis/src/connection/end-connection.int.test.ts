import { setImmediate as turn } from 'node:timers/promises';
import { eventually, type FaultProxy, startFaultProxy, testServers, timersOf } from '@tenantry/testing';
import { Cluster, Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFeedSubscriber } from '../feed/start-feeds.ts';
import { endConnection } from './end-connection.ts';
import { openRedisUrl } from './open-redis-url.ts';
import { openWriteConnection } from './write-connection.ts';

let proxy: FaultProxy;
const timers = timersOf('ioredis');
const inHere =
  <Args extends unknown[]>(test: (...args: Args) => Promise<void>) =>
  (...args: Args) =>
    timers.watch(() => test(...args));

beforeEach(async () => {
  const { hostname, port } = new URL(testServers().redisUrl);
  proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
});
afterEach(() => proxy.close());

/** A connection such as BullMQ's: it asks again and again, without end. */
function open(retryMs: number): Redis {
  const options = { maxRetriesPerRequest: null, socketTimeout: 60_000, retryStrategy: () => retryMs };
  const connection = new Redis(proxy.port, proxy.host, options);
  connection.on('error', () => undefined);
  return connection;
}

async function expectNoTimer(): Promise<void> {
  expect(await timers.pending()).toEqual([]);
}

const until = (redis: Redis, status: string) => eventually(() => expect(redis.status).toBe(status));
const fate = (work: Promise<unknown>) => work.then(String, (error: Error) => error.message);

// In each of these ioredis 6.0.0 and 5.11.1 by themselves leave a command without an answer, or a timer.
const states: Record<string, (redis: Redis) => Promise<unknown>> = {
  'was never used': async redis => redis.disconnect(),
  'is being made': async () => undefined,
  'is ready, and swallows what is sent': async redis => {
    await until(redis, 'ready');
    proxy.set('silent');
  },
  'is lost, and waits to be made anew': async redis => {
    await until(redis, 'ready');
    proxy.set('refuse');
    await until(redis, 'reconnecting');
  },
  'is made anew, and gets no answer': async redis => {
    await until(redis, 'ready');
    proxy.set('silent');
    proxy.cut();
    await until(redis, 'connect');
  },
};

it.each(Object.keys(states))(
  'ends for good, answers every caller and leaves no timer, where it %s',
  inHere(async (state: string) => {
    const redis = open(state.startsWith('is lost') ? 60_000 : 20);
    let ended = 0;
    redis.on('end', () => ended++);
    if (state !== 'was never used' && state !== 'is being made') await until(redis, 'ready');
    // Sent while it still can be, where it can be: it is what a lost connection keeps.
    const sent = state === 'was never used' ? undefined : fate(redis.bzpopmin('end-connection:none', 10));
    await (states[state] as (typeof states)[string])(redis);
    const kept = fate(redis.get('end-connection:none'));
    endConnection(redis);
    expect(await kept).toBe('Connection is closed.');
    if (sent) expect(await sent).toBe('Connection is closed.');
    await eventually(() => expect(redis.status).toBe('end'));
    for (let i = 0; i < 20; i++) await turn();
    expect(ended).toBe(1);
    // Once more does no harm.
    endConnection(redis);
    await expectNoTimer();
  }),
);

it(
  'ends a Cluster that waits to be made anew',
  inHere(async () => {
    proxy.set('refuse');
    const cluster = new Cluster([{ host: proxy.host, port: proxy.port }], {
      clusterRetryStrategy: () => 60_000,
      // Its nodes are refused, and let go by ioredis itself.
      redisOptions: { disconnectTimeout: 0 },
    });
    cluster.on('error', () => undefined);
    const kept = fate(cluster.get('end-connection:none'));
    await eventually(() => expect(cluster.status).toBe('reconnecting'));
    endConnection(cluster);
    expect(await kept).toBe('Connection is closed.');
    await eventually(() => expect(cluster.status).toBe('end'));
    await expectNoTimer();
  }),
);

it(
  'ends only the present socket where it is to be made anew',
  inHere(async () => {
    const redis = open(20);
    await until(redis, 'ready');
    endConnection(redis, true);
    await eventually(() => proxy.accepted === 2);
    await until(redis, 'ready');
    endConnection(redis);
  }),
);

// Those that Tenantry makes like the application's, or for a URL of it.
const made: Record<string, (application: Redis) => Redis> = {
  'for a URL': ({ options: { port, host } }) => openRedisUrl(`redis://${host}:${port}`, { socketTimeout: 60_000 }),
  'for writes': application => openWriteConnection(application) as Redis,
  'for a feed': application => {
    const copies: Redis[] = [];
    const duplicate = application.duplicate.bind(application);
    application.duplicate = options => copies[copies.push(duplicate(options)) - 1] as Redis;
    openFeedSubscriber(application, Math.random, 'tenantry');
    return copies[0] as Redis;
  },
};

// With ioredis 5 alone it would: its timer ended the next socket, however well that one answered.
it.each(Object.keys(made))(
  'a lost socket leaves no timer for the next one, on a connection %s',
  inHere(async (kind: string) => {
    const application = open(20);
    const redis = (made[kind] as (typeof made)[string])(application);
    redis.on('error', () => undefined);
    if (redis.status === 'wait') await redis.connect();
    for (const each of [application, redis]) await until(each, 'ready');
    proxy.set('silent');
    const sent = fate(redis.ping());
    expect((await timers.pending()).length).toBeGreaterThan(0);
    proxy.set('pass');
    proxy.cut();
    await sent;
    for (const each of [application, redis]) await until(each, 'ready');
    await redis.ping();
    await expectNoTimer();
    for (const each of [redis, application]) endConnection(each);
  }),
);
