import {
  BUSY_MS,
  eventually,
  type FaultProxy,
  type RedisServer,
  seededRandom,
  startFaultProxy,
  startRedisServer,
} from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import { createReplica } from '../replica/create-replica.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { openReplica, row, type TestReplica } from '../replica.fixture.ts';
import type { Feeds } from './feeds.ts';
import { type FeedsOptions, startFeeds } from './start-feeds.ts';

let server: RedisServer; // our own: it is flushed, paused and restarted
let proxy: FaultProxy;
/** Writes, and reads past the proxy. */
let test: TestReplica;
/** Follows through the proxy. */
let redis: Redis;
let feeds: Feeds;
let follower: RecordingFollower;
let version: number;
const troubles: unknown[] = [];
/** Of a test that waits for a silence to be noticed. */
const QUICK = { timeoutMs: 250 };
const tenant = 'acme';
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  proxy = await startFaultProxy({ target: { host: server.host, port: server.port } });
  test = openReplica({ url: server.url, feedLength: 10_000 });
  redis = connect(proxy.port);
  follower = recordingFollower();
  version = 0;
  troubles.length = 0;
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  redis.disconnect();
  await test.redis.flushall();
  await test[Symbol.asyncDispose]();
  await proxy.close();
});

function connect(port: number): Redis {
  const connection = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20 });
  connection.on('error', () => undefined);
  return connection;
}

/** Heartbeats often, so that a test waits for one, not for five seconds; and patient, so that a busy machine is not taken for a silence. */
function start(options: Partial<FeedsOptions> = {}): Feeds {
  const patience = { heartbeatMs: 50, timeoutMs: 5_000, random: () => 0 };
  const onTrouble = (error: unknown) => void troubles.push(error);
  feeds = startFeeds({ redis, reader: test.reader, ...patience, onTrouble, ...options });
  open.push(feeds);
  return feeds;
}

async function write(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await test.replica.apply(tenant, [row(1, ++version, ['a'])]);
}

const heardAll = (to = version, from = 1) =>
  eventually(() => expect(follower.seqs).toEqual(Array.from({ length: to - from + 1 }, (_, i) => from + i)));
const channel = () => test.replica.names.of(tenant).feed;
const subscribers = async (of = channel()) => ((await test.redis.pubsub('NUMSUB', of)) as [string, number])[1];

describe('a feed that is followed', () => {
  it('hears every message once and in order', async () => {
    const { feed, ready } = start({ heartbeatMs: 5_000 }).follow(tenant, follower);
    await ready;
    expect(feed.live).toBe(true);
    await Promise.all(Array.from({ length: 10 }, () => write(50)));
    await heardAll();
    expect(feeds.counters).toEqual({ gaps: 0, resyncs: 0 });
    expect(follower.states).toEqual(['live']);
  });

  it('hears only its own tenant', async () => {
    const other = recordingFollower();
    start();
    await Promise.all([feeds.follow(tenant, follower).ready, feeds.follow('other', other).ready]);
    await write(3);
    await test.replica.apply('other', [row(1, 1, ['a'])]);
    await heardAll();
    await eventually(() => other.seqs.length === 1);
    expect(other.heard[0]?.changes[0]?.version).toBe(1);
  });

  // G6, F8, F9
  it('misses nothing although its connection is cut again and again', async () => {
    const random = seededRandom();
    start().follow(tenant, follower);
    await eventually(() => follower.state === 'live');
    // Until a first message was heard there is no place to go on from.
    await write();
    await heardAll();
    for (let i = 0; i < 12; i++) {
      await write(random.int(1, 30));
      proxy.cut();
      await write(random.int(1, 30));
      // At least so often that the stream still has what is missing: it keeps 256 messages.
      if (i % 3 === 2 || random.chance(0.5)) await eventually(() => follower.state === 'live');
    }
    await heardAll();
    expect(feeds.counters.resyncs, `seed ${random.seed}`).toBe(0);
    expect(follower.states).toContain('the connection to Redis is lost');
    await eventually(() => follower.state === 'live');
  });

  // L54
  it('is not live within two heartbeats of falling silent, and misses nothing', async () => {
    const { ready } = start(QUICK).follow(tenant, follower);
    await ready;
    await write(2);
    await heardAll();
    const since = performance.now();
    proxy.set('silent');
    await write(5);
    await eventually(() => follower.states.includes('the feed does not answer'));
    expect(performance.now() - since).toBeLessThan(2 * 50 + 2 * QUICK.timeoutMs + BUSY_MS);
    // The connections made meanwhile got no answer either, and never will: nobody cuts them.
    await eventually(() => proxy.connections > 0);
    proxy.set('pass');
    await heardAll();
    await eventually(() => follower.state === 'live');
    expect(feeds.counters.resyncs).toBe(0);
  });

  it('notices silence although it was the only one, and had just begun to listen', async () => {
    start(QUICK);
    await eventually(() => proxy.connections >= 2);
    await redis.ping();
    await subscribersReady();
    proxy.set('silent');
    const { ready } = feeds.follow(tenant, follower);
    await ready;
    await write(3);
    proxy.set('pass');
    await eventually(() => follower.state === 'live');
    await write(1);
    await eventually(() => follower.seqs.at(-1) === 4 || follower.seqs.at(-1) === version);
  });

  // G7
  it('is not live while Redis is there and says nothing, and again when it does', async () => {
    start(QUICK).follow(tenant, follower);
    await eventually(() => follower.state === 'live');
    server.pause();
    await eventually(() => follower.state !== 'live');
    server.resume();
    await eventually(() => follower.state === 'live');
    await write(3);
    await heardAll();
  });

  it('is not live while Redis refuses', async () => {
    await write();
    await start().follow(tenant, follower).ready;
    proxy.set('refuse');
    await eventually(() => follower.state === 'the connection to Redis is lost');
    await write(3);
    proxy.set('pass');
    await heardAll(4, 2);
  });

  it('is subscribed again when it was not allowed at first', async () => {
    await test.redis.call('ACL', 'SETUSER', 'limited', 'on', 'nopass', '~*', '+@all', 'resetchannels');
    const limited = new Redis({ port: server.port, username: 'limited', password: 'any' });
    open.push({ close: () => limited.disconnect() });
    const { ready } = start({ redis: limited }).follow(tenant, follower);
    await ready;
    await eventually(() => follower.state === 'the feed cannot be subscribed' || follower.states.length === 0);
    await eventually(() => troubles.length > 0);
    await test.redis.call('ACL', 'SETUSER', 'limited', 'allchannels');
    await eventually(() => follower.state === 'live');
    await write(1);
    await heardAll();
  });

  // R11
  it('is not live after a FLUSHALL until Redis was filled, and then compares everything', async () => {
    await write(2);
    await start().follow(tenant, follower).ready;
    await test.redis.flushall();
    await eventually(() => follower.state === 'Redis lost its data and is being filled');
    const token = (await test.replica.beginFill()) as string;
    await write(2);
    await eventually(() => follower.seqs.length === 2);
    expect(follower.resyncs).not.toContain(true);
    expect(follower.state).toBe('Redis lost its data and is being filled');
    await test.replica.completeFill(token, 1);
    await eventually(() => follower.state === 'live');
    expect(follower.resyncs.at(-1)).toBe(true);
    expect(follower.resyncs.filter(Boolean)).toHaveLength(1);
  });

  // R11
  it('goes on after Redis was restarted without its data', async () => {
    await write(2);
    await start().follow(tenant, follower).ready;
    await server.restart({ wipe: true });
    await eventually(() => follower.state === 'Redis lost its data and is being filled');
    const token = (await test.replica.beginFill()) as string;
    await write(2);
    await test.replica.completeFill(token, 1);
    await eventually(() => follower.state === 'live');
    expect(follower.resyncs).toEqual([false, true]);
    await write();
    await eventually(() => follower.heard.at(-1)?.changes[0]?.version === version);
  });
});

async function subscribersReady(): Promise<void> {
  // A first follower tells that the subscriber is ready; it leaves nothing behind.
  const first = feeds.follow('somebody', recordingFollower());
  await first.ready;
  first.close();
  await eventually(async () => (await subscribers(test.replica.names.of('somebody').feed)) === 0);
}

describe('following', () => {
  it('is ready after the first attempt although the connection is only being made', async () => {
    const { feed, ready } = start().follow(tenant, follower);
    expect(feed.live).toBe(false);
    await ready;
    expect(feed.live).toBe(true);
  });

  // L57
  it.each(['refuse', 'stall', 'silent'] as const)(
    'is ready within its budget, not live, where Redis is in %s',
    async mode => {
      redis.disconnect();
      proxy.set(mode);
      redis = connect(proxy.port);
      const reader = createReplicaReader({ redis, prefix: test.prefix, timeoutMs: 250 });
      const since = performance.now();
      const { feed, ready } = start({ reader, ...QUICK }).follow(tenant, follower);
      await ready;
      expect(performance.now() - since).toBeLessThan(250 + BUSY_MS);
      expect(feed.live).toBe(false);
      await write(2);
      proxy.set('pass');
      if (mode === 'silent') redis.disconnect(true); // the application's own connection is its own to mend
      await eventually(() => feed.live);
      await write(1);
      await eventually(() => follower.heard.at(-1)?.changes[0]?.version === 3);
    },
  );

  it('stops, and leaves no subscription behind', async () => {
    const followed = start().follow(tenant, follower);
    await followed.ready;
    expect(await subscribers()).toBe(1);
    followed.close();
    followed.close();
    await eventually(async () => (await subscribers()) === 0);
    await write(2);
    await redis.ping();
    expect(follower).toMatchObject({ seqs: [], state: 'closed' });
  });

  it('leaves no subscription behind where it stops before it began', async () => {
    start();
    await subscribersReady();
    const followed = feeds.follow(tenant, follower);
    followed.close();
    await followed.ready;
    await subscribersReady(); // later on the same connection
    expect(await subscribers()).toBe(0);
    expect(follower.states).not.toContain('live');

    // The same while the connection is only being made.
    const other = startFeeds({ redis, reader: test.reader });
    open.push(other);
    const early = other.follow(tenant, follower);
    early.close();
    await early.ready;
    await other.follow('other', recordingFollower()).ready;
    expect(await subscribers()).toBe(0);
  });

  it('may begin again at once after it stopped', async () => {
    start();
    await feeds.follow(tenant, recordingFollower()).ready;
    const first = feeds.follow(tenant, recordingFollower());
    await first.ready;
    first.close();
    const { ready } = feeds.follow(tenant, follower);
    await ready;
    await write(3);
    await heardAll();
    expect(await subscribers()).toBe(1);
  });

  it('of two thousand tenants survives a lost connection', async () => {
    const tenants = Array.from({ length: 2000 }, (_, i) => `tenant-${i}`);
    const followers = tenants.map(() => recordingFollower());
    start({ heartbeatMs: 500, timeoutMs: 5_000 });
    await Promise.all(tenants.map((each, i) => feeds.follow(each, followers[i] as RecordingFollower).ready));
    expect(followers.every(({ state }) => state === 'live')).toBe(true);
    proxy.cut();
    await eventually(() => followers.every(({ state }) => state !== 'live'));
    await Promise.all(tenants.map(each => test.replica.apply(each, [row(1, 1, ['a'])])));
    await eventually(() => followers.every(({ state }) => state === 'live'));
    await Promise.all(tenants.map(each => test.replica.apply(each, [row(1, 2, ['a'])])));
    await eventually(() => followers.every(({ heard }) => heard.at(-1)?.changes[0]?.version === 2));
  });
});

describe('close', () => {
  it('ends the connection and tells every follower, once', async () => {
    await start().follow(tenant, follower).ready;
    await feeds.close();
    await feeds.close();
    expect(follower.states).toEqual(['live', 'closed']);
    await eventually(async () => (await subscribers()) === 0);
    expect(() => feeds.follow(tenant, follower)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(redis.status).toBe('ready');
  });

  it('is all it takes, also in the middle of a heartbeat that nobody answers', async () => {
    await start().follow(tenant, follower).ready;
    proxy.set('stall');
    await feeds.close();
    proxy.set('pass');
    await eventually(async () => (await subscribers()) === 0);
    expect(troubles).toEqual([]);
  });
});

// The options that matter, and that only matter here.
describe('the options', () => {
  it('reach a prefix of their own', async () => {
    const prefix = `${test.prefix}-other`;
    const reader = createReplicaReader({ redis: test.redis, prefix });
    await start({ reader }).follow(tenant, follower).ready;
    await write(3);
    await createReplica({ redis: test.redis, prefix }).apply(tenant, [row(9, 1, ['a'])]);
    await eventually(() => follower.seqs.length === 1);
    expect(follower.heard[0]?.changes[0]?.owner).toBe('rows:9');
  });
});
