import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordingFollower } from '../follower.fixture.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import { FeedLab } from './feed-lab.fixture.ts';

const lab = new FeedLab();
const { check, names, newFeed, write } = lab;
beforeEach(lab.begin);
afterEach(lab.end);

describe('a feed', () => {
  it('begins where Redis stands, without a resync and without what came before', async () => {
    await write(3);
    const feed = newFeed();
    expect(feed.live).toBe(false);
    await feed.connected('connected');
    expect(feed.live).toBe(true);
    expect(lab.follower).toMatchObject({ states: ['live'], resyncs: [], seqs: [] });
    for (const message of await write(2)) feed.receive(message);
    expect(lab.follower.seqs).toEqual([4, 5]);
  });

  it('begins before the first message of a tenant that has none', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    for (const message of await write(2)) feed.receive(message);
    expect(lab.follower).toMatchObject({ seqs: [1, 2], resyncs: [], states: ['live'] });
  });

  it('drops what it has heard already', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    const messages = await write(3);
    for (const message of [...messages, ...messages, ...(await write()), ...messages]) feed.receive(message);
    expect(lab.follower).toMatchObject({ seqs: [1, 2, 3, 4], resyncs: [] });
    expect(lab.counters).toEqual({ gaps: 0, resyncs: 0 });
  });

  // G6, F9
  it('reads from the stream what was not pushed, each message once and in order', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    const messages = await write(5);
    feed.receive(messages[0] as Buffer);
    feed.receive(messages[3] as Buffer); // finds that 2 and 3 are missing
    feed.receive(messages[4] as Buffer); // arrives during the repair
    await eventually(() => lab.follower.seqs.length === 5);
    expect(lab.follower).toMatchObject({ seqs: [1, 2, 3, 4, 5], resyncs: [] });
    expect(lab.counters).toEqual({ gaps: 1, resyncs: 0 });
  });

  // L53
  it('reads from the stream what it missed while it was cut off', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    feed.disconnected('cut');
    expect(lab.follower.state).toBe('cut');
    await write(3);
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ seqs: [3, 4, 5], resyncs: [], states: ['live', 'cut', 'live'] });
  });

  it('finds with a check what was never pushed', async () => {
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(3);
    await check(feed);
    await eventually(() => lab.follower.seqs.length === 3);
    await check(feed);
    expect(lab.counters).toEqual({ gaps: 1, resyncs: 0 });
  });

  // L53
  it('tells the follower to resync where the stream was trimmed, and goes on from there', async () => {
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(4);
    await lab.test.redis.xtrim(names().feed, 'MAXLEN', 1);
    await check(feed);
    await eventually(() => lab.follower.resyncs.length === 1 && feed.live);
    expect(lab.follower).toMatchObject({ seqs: [], resyncs: [true], states: ['live', 'the feed began anew', 'live'] });
    for (const message of await write()) feed.receive(message);
    expect(lab.follower.seqs).toEqual([6]);
  });

  it.each([
    ['was damaged', async () => lab.test.redis.xadd(names().feed, '5-0', 'm', '\x01garbage')],
    ['is of a later release', async () => lab.test.redis.xadd(names().feed, '5-0', 'm', '\x02later')],
    ['was taken out', async () => undefined],
  ])('resyncs once over a message that %s, instead of trying for ever', async (_, plant) => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await write(2);
    await plant();
    await lab.test.redis.xdel(names().feed, '3-0');
    await check(feed);
    await eventually(() => lab.follower.resyncs.length === 1 && feed.live);
    expect(feed.position?.seq).toBe(4);
    await check(feed);
    await feed.connected('again');
    expect(lab.counters.resyncs).toBe(1);
  });

  it('repairs over a push that cannot be read', async () => {
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(2);
    feed.receive(Buffer.from('garbage'));
    await eventually(() => lab.follower.seqs.length === 2);
    expect(lab.follower.troubles).toHaveLength(1);
    expect(lab.follower.troubles[0]).toMatchObject({ code: 'UNKNOWN_FORMAT' });
  });

  // F8: what cannot be repaired now is repaired by the next check.
  it('is not live while Redis cannot be read, and never rejects', async () => {
    let broken = true;
    const heads: ReplicaReader['heads'] = async which => {
      if (broken) throw new Error('no answer');
      return lab.test.reader.heads(which);
    };
    const feed = newFeed({ ...lab.test.reader, heads });
    await feed.connected('connected');
    expect(lab.follower.states).toEqual(['Redis does not answer']);
    expect(lab.follower.troubles).toHaveLength(1);
    broken = false;
    await check(feed);
    await eventually(() => feed.live);
  });

  it('makes progress however many messages arrive while it reads', async () => {
    const reads: (() => void)[] = [];
    const heads: ReplicaReader['heads'] = async which => {
      await new Promise<void>(resolve => reads.push(resolve));
      return lab.test.reader.heads(which);
    };
    await write();
    const feed = newFeed({ ...lab.test.reader, heads });
    const connected = feed.connected('connected');
    const answer = async () => {
      await eventually(() => reads.length > 0);
      reads.shift()?.();
    };
    await answer();
    await connected;
    const [lost, ...flood] = await write(3000);
    expect(lost).toBeDefined();
    for (const message of flood) feed.receive(message);
    await answer();
    await answer(); // more came than waits: it reads once more
    await eventually(() => lab.follower.seqs.length === 3000);
    expect(lab.follower.seqs).toEqual(Array.from({ length: 3000 }, (_, i) => i + 2));
    expect(reads).toHaveLength(0);
    expect(lab.counters.resyncs).toBe(0);
  });

  it('hands over what is pushed while the follower resyncs', async () => {
    let finish = () => {};
    lab.follower = recordingFollower(() => new Promise(resolve => (finish = resolve)));
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(3);
    await lab.test.redis.xtrim(names().feed, 'MAXLEN', 1);
    feed.disconnected('cut');
    const connected = feed.connected('connected');
    await eventually(() => lab.follower.resyncs.length === 1);
    for (const message of await write(2)) feed.receive(message);
    expect(lab.follower.seqs).toEqual([5, 6]);
    expect(feed.live).toBe(false);
    finish();
    await connected;
    expect(feed.live).toBe(true);
  });

  it('resyncs again where the follower could not, and is not live before', async () => {
    let failures = 2;
    lab.follower = recordingFollower(async () => {
      if (failures-- > 0) throw new Error('Redis is away again');
    });
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(3);
    await lab.test.redis.xtrim(names().feed, 'MAXLEN', 1);
    for (const times of [1, 2, 3]) {
      await check(feed);
      await eventually(() => lab.follower.resyncs.length === times);
      await eventually(() => feed.live === (times === 3) && lab.follower.troubles.length === Math.min(times, 2));
    }
    // What is absent was never unknown: nothing was lost.
    expect(lab.follower.resyncs).toEqual([true, true, true]);
    await check(feed);
    expect(lab.follower.resyncs).toHaveLength(3);
  });
});
