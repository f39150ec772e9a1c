import { BUSY_MS, eventually } from '@tenantry/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import { createReplica } from '../replica/create-replica.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { row } from '../replica.fixture.ts';
import { FeedsLab, QUICK } from './feeds-lab.fixture.ts';
import { startFeeds } from './start-feeds.ts';

const lab = new FeedsLab();
const { tenant, connect, heardAll, start, subscribers, subscribersReady, write } = lab;
beforeAll(lab.startServer);
afterAll(lab.stopServer);
beforeEach(lab.begin);
afterEach(lab.end);

describe('following', () => {
  it('is ready after the first attempt although the connection is only being made', async () => {
    const { feed, ready } = start().follow(tenant, lab.follower);
    expect(feed.live).toBe(false);
    await ready;
    expect(feed.live).toBe(true);
  });

  // L57
  it.each(['refuse', 'stall', 'silent'] as const)(
    'is ready within its budget, not live, where Redis is in %s',
    async mode => {
      lab.redis.disconnect();
      lab.proxy.set(mode);
      lab.redis = connect(lab.proxy.port);
      const reader = createReplicaReader({ redis: lab.redis, prefix: lab.test.prefix, timeoutMs: 250 });
      const since = performance.now();
      const { feed, ready } = start({ reader, ...QUICK }).follow(tenant, lab.follower);
      await ready;
      expect(performance.now() - since).toBeLessThan(250 + BUSY_MS);
      expect(feed.live).toBe(false);
      await write(2);
      lab.proxy.set('pass');
      if (mode === 'silent') lab.redis.disconnect(true); // the application's own connection is its own to mend
      await eventually(() => feed.live);
      await write(1);
      await eventually(() => lab.follower.heard.at(-1)?.changes[0]?.version === 3);
    },
  );

  it('stops, and leaves no subscription behind', async () => {
    const followed = start().follow(tenant, lab.follower);
    await followed.ready;
    expect(await subscribers()).toBe(1);
    followed.close();
    followed.close();
    await eventually(async () => (await subscribers()) === 0);
    await write(2);
    await lab.redis.ping();
    expect(lab.follower).toMatchObject({ seqs: [], state: 'closed' });
  });

  it('leaves no subscription behind where it stops before it began', async () => {
    start();
    await subscribersReady();
    const followed = lab.feeds.follow(tenant, lab.follower);
    followed.close();
    await followed.ready;
    await subscribersReady(); // later on the same connection
    expect(await subscribers()).toBe(0);
    expect(lab.follower.states).not.toContain('live');

    // The same while the connection is only being made.
    const other = startFeeds({ redis: lab.redis, reader: lab.test.reader });
    lab.open.push(other);
    const early = other.follow(tenant, lab.follower);
    early.close();
    await early.ready;
    await other.follow('other', recordingFollower()).ready;
    expect(await subscribers()).toBe(0);
  });

  it('tells a follower that has left nothing more, also in the middle of a repair', async () => {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const { reader } = lab.test;
    const heads: typeof reader.heads = async tenants => {
      reached.resolve();
      await released.promise;
      return reader.heads(tenants);
    };
    const { feed } = start({ reader: { ...reader, heads } }).follow(tenant, lab.follower);
    await reached.promise;
    lab.feeds.leave(feed);
    released.resolve();
    await eventually(async () => (await subscribers()) === 0);
    await lab.feeds.follow('somebody', recordingFollower()).ready;
    await feed.connected('as a repair ends that was under way');
    expect(lab.follower).toMatchObject({ states: [], heard: [], resyncs: [], troubles: [] });
  });

  it('may begin again at once after it stopped', async () => {
    start();
    await lab.feeds.follow(tenant, recordingFollower()).ready;
    const first = lab.feeds.follow(tenant, recordingFollower());
    await first.ready;
    first.close();
    const { ready } = lab.feeds.follow(tenant, lab.follower);
    await ready;
    await write(3);
    await heardAll();
    expect(await subscribers()).toBe(1);
  });

  it('of two thousand tenants survives a lost connection', async () => {
    const tenants = Array.from({ length: 2000 }, (_, i) => `tenant-${i}`);
    const followers = tenants.map(() => recordingFollower());
    start({ heartbeatMs: 500, timeoutMs: 5_000 });
    await Promise.all(tenants.map((each, i) => lab.feeds.follow(each, followers[i] as RecordingFollower).ready));
    await eventually(() => followers.every(({ state }) => state === 'live'));
    lab.proxy.cut();
    // What they were told: the first ones may be live again before anybody looks.
    await eventually(() => followers.every(({ states }) => states.some(state => state !== 'live')));
    await Promise.all(tenants.map(each => lab.test.replica.apply(each, [row(1, 1, ['a'])])));
    await eventually(() => followers.every(({ state }) => state === 'live'));
    await Promise.all(tenants.map(each => lab.test.replica.apply(each, [row(1, 2, ['a'])])));
    await eventually(() => followers.every(({ heard }) => heard.at(-1)?.changes[0]?.version === 2));
  });
});

describe('close', () => {
  it('ends the connection and tells every follower, once', async () => {
    await start().follow(tenant, lab.follower).ready;
    await lab.feeds.close();
    await lab.feeds.close();
    expect(lab.follower.states).toEqual(['live', 'closed']);
    await eventually(async () => (await subscribers()) === 0);
    expect(() => lab.feeds.follow(tenant, lab.follower)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(lab.redis.status).toBe('ready');
  });

  it('is all it takes, also in the middle of a heartbeat that nobody answers', async () => {
    await start().follow(tenant, lab.follower).ready;
    lab.proxy.set('stall');
    await lab.feeds.close();
    lab.proxy.set('pass');
    await eventually(async () => (await subscribers()) === 0);
    expect(lab.troubles).toEqual([]);
  });
});

// The options that matter, and that only matter here.
describe('the options', () => {
  it('reach a prefix of their own', async () => {
    const prefix = `${lab.test.prefix}-other`;
    const reader = createReplicaReader({ redis: lab.test.redis, prefix });
    await start({ reader }).follow(tenant, lab.follower).ready;
    await write(3);
    await createReplica({ redis: lab.test.redis, prefix }).apply(tenant, [row(9, 1, ['a'])]);
    await eventually(() => lab.follower.seqs.length === 1);
    expect(lab.follower.heard[0]?.changes[0]?.owner).toBe('rows:9');
  });
});
