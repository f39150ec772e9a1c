import { BUSY_MS, eventually, seededRandom } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordingFollower } from '../follower.fixture.ts';
import { row } from '../replica.fixture.ts';
import { FeedsLab, QUICK } from './feeds-lab.fixture.ts';

const lab = new FeedsLab();
const { tenant, heardAll, start, subscribersReady, write } = lab;
beforeAll(lab.startServer);
afterAll(lab.stopServer);
beforeEach(lab.begin);
afterEach(lab.end);

describe('a feed that is followed', () => {
  it('hears every message once and in order', async () => {
    const { feed, ready } = start({ heartbeatMs: 5_000 }).follow(tenant, lab.follower);
    await ready;
    expect(feed.live).toBe(true);
    await Promise.all(Array.from({ length: 10 }, () => write(50)));
    await heardAll();
    expect(lab.feeds.counters).toEqual({ gaps: 0, resyncs: 0 });
    expect(lab.follower.states).toEqual(['live']);
  });

  it('hears only its own tenant', async () => {
    const other = recordingFollower();
    start();
    await Promise.all([lab.feeds.follow(tenant, lab.follower).ready, lab.feeds.follow('other', other).ready]);
    await write(3);
    await lab.test.replica.apply('other', [row(1, 1, ['a'])]);
    await heardAll();
    await eventually(() => other.seqs.length === 1);
    expect(other.heard[0]?.changes[0]?.version).toBe(1);
  });

  // G6, F8, F9
  it('misses nothing although its connection is cut again and again', async () => {
    const random = seededRandom();
    start().follow(tenant, lab.follower);
    await eventually(() => lab.follower.state === 'live');
    // Until a first message was heard there is no place to go on from.
    await write();
    await heardAll();
    for (let i = 0; i < 12; i++) {
      await write(random.int(1, 30));
      lab.proxy.cut();
      await write(random.int(1, 30));
      // At least so often that the stream still has what is missing: it keeps 256 messages.
      if (i % 3 === 2 || random.chance(0.5)) await eventually(() => lab.follower.state === 'live');
    }
    await heardAll();
    expect(lab.feeds.counters.resyncs, `seed ${random.seed}`).toBe(0);
    expect(lab.follower.states).toContain('the connection to Redis is lost');
    await eventually(() => lab.follower.state === 'live');
  });

  // L54
  it('is not live within two heartbeats of falling silent, and misses nothing', async () => {
    start(QUICK).follow(tenant, lab.follower);
    // `ready` settles also where a first try took longer than its time.
    await eventually(() => lab.follower.state === 'live');
    await write(2);
    await heardAll();
    const since = performance.now();
    lab.proxy.set('silent');
    await write(5);
    await eventually(() => lab.follower.states.includes('the feed does not answer'));
    expect(performance.now() - since).toBeLessThan(2 * 50 + 2 * QUICK.timeoutMs + BUSY_MS);
    // The connections made meanwhile got no answer either, and never will: nobody cuts them.
    await eventually(() => lab.proxy.connections > 0);
    lab.proxy.set('pass');
    await heardAll();
    await eventually(() => lab.follower.state === 'live');
    expect(lab.feeds.counters.resyncs).toBe(0);
  });

  it('notices silence although it was the only one, and had just begun to listen', async () => {
    start(QUICK);
    await eventually(() => lab.proxy.connections >= 2);
    await lab.redis.ping();
    await subscribersReady();
    lab.proxy.set('silent');
    const { ready } = lab.feeds.follow(tenant, lab.follower);
    await ready;
    await write(3);
    lab.proxy.set('pass');
    await eventually(() => lab.follower.state === 'live');
    await write(1);
    await eventually(() => lab.follower.seqs.at(-1) === 4 || lab.follower.seqs.at(-1) === lab.version);
  });

  // G7
  it('is not live while Redis is there and says nothing, and again when it does', async () => {
    start(QUICK).follow(tenant, lab.follower);
    await eventually(() => lab.follower.state === 'live');
    lab.server.pause();
    await eventually(() => lab.follower.state !== 'live');
    lab.server.resume();
    await eventually(() => lab.follower.state === 'live');
    await write(3);
    await heardAll();
  });

  it('is not live while Redis refuses', async () => {
    await write();
    await start().follow(tenant, lab.follower).ready;
    lab.proxy.set('refuse');
    await eventually(() => lab.follower.state === 'the connection to Redis is lost');
    await write(3);
    lab.proxy.set('pass');
    await heardAll(4, 2);
  });

  it('is subscribed again when it was not allowed at first', async () => {
    await lab.test.redis.call('ACL', 'SETUSER', 'limited', 'on', 'nopass', '~*', '+@all', 'resetchannels');
    const limited = new Redis({ port: lab.server.port, username: 'limited', password: 'any' });
    lab.open.push({ close: () => limited.disconnect() });
    const { ready } = start({ redis: limited }).follow(tenant, lab.follower);
    await ready;
    await eventually(() => lab.follower.state?.startsWith('Redis does not let this user read') === true);
    expect(lab.follower.troubles).toContainEqual(expect.objectContaining({ code: 'FORBIDDEN' }));
    // Redis answers: the connection is well.
    expect(lab.feeds.attempts).toMatchObject({ consecutiveFailures: 0 });
    await lab.test.redis.call('ACL', 'SETUSER', 'limited', 'allchannels');
    await eventually(() => lab.follower.state === 'live');
    await write(1);
    await heardAll();
  });

  // R11
  it('is not live after a FLUSHALL until Redis was filled, and then compares everything', async () => {
    await write(2);
    await start().follow(tenant, lab.follower).ready;
    await lab.test.redis.flushall();
    await eventually(() => lab.follower.state === 'Redis lost its data and is being filled');
    const token = (await lab.test.replica.beginFill()) as string;
    await write(2);
    await eventually(() => lab.follower.seqs.length === 2);
    expect(lab.follower.resyncs).not.toContain(true);
    expect(lab.follower.state).toBe('Redis lost its data and is being filled');
    await lab.test.replica.completeFill(token, 1);
    await eventually(() => lab.follower.state === 'live');
    expect(lab.follower.resyncs.at(-1)).toBe(true);
    expect(lab.follower.resyncs.filter(Boolean)).toHaveLength(1);
  });

  // R11
  it('goes on after Redis was restarted without its data', async () => {
    await write(2);
    await start().follow(tenant, lab.follower).ready;
    await lab.server.restart({ wipe: true });
    await eventually(() => lab.follower.state === 'Redis lost its data and is being filled');
    const token = (await lab.test.replica.beginFill()) as string;
    await write(2);
    await lab.test.replica.completeFill(token, 1);
    await eventually(() => lab.follower.state === 'live');
    expect(lab.follower.resyncs).toEqual([false, true]);
    await write();
    await eventually(() => lab.follower.heard.at(-1)?.changes[0]?.version === lab.version);
  });

  // R11. Redis is filled in an order, and nothing of this tenant was ever seen:
  //   reader: follows acme                                     follows zoo: nothing there, and nothing was heard of it
  //   Redis:               loses everything   is being filled                                                    zoo
  it('is not live for a tenant that is followed for the first time before Redis was filled again', async () => {
    await lab.test.replica.apply('zoo', [row(1, 1, ['a'])]);
    await lab.test.replica.completeFill((await lab.test.replica.beginFill()) as string, 1);
    const feeds = start();
    await feeds.follow(tenant, lab.follower).ready;
    await lab.test.redis.flushall();
    const token = (await lab.test.replica.beginFill()) as string;
    const zoo = recordingFollower();
    await feeds.follow('zoo', zoo).ready;
    expect(zoo).toMatchObject({ state: 'Redis lost its data and is being filled', resyncs: [] });
    await lab.test.replica.apply('zoo', [row(1, 2, ['a'])]);
    await lab.test.replica.completeFill(token, 2);
    await eventually(() => zoo.state === 'live');
    expect(zoo.resyncs.at(-1)).toBe(true);
  });

  it('is live at once where Redis never was filled, and where it is', async () => {
    const feeds = start();
    await feeds.follow(tenant, lab.follower).ready;
    expect(lab.follower.states).toEqual(['live']);
    await lab.test.replica.completeFill((await lab.test.replica.beginFill()) as string, 1);
    const late = recordingFollower();
    await feeds.follow('late', late).ready;
    expect(late.states).toEqual(['live']);
  });
});
