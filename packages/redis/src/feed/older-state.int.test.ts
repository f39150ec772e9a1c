import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordingFollower } from '../follower.fixture.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import { FeedLab, FILLING, REPAIRING } from './feed-lab.fixture.ts';

const lab = new FeedLab();
const { check, fill, head, lastMessages, loseEverything, names, newFeed, snapshot, write } = lab;
beforeEach(lab.begin);
afterEach(lab.end);

// R11
describe('a Redis that came back with an older state', () => {
  it('is found out on the next connection', async () => {
    const feed = newFeed();
    await write(2);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ resyncs: [false], state: REPAIRING });
    expect(feed.position?.seq).toBe(2);
  });

  it('is followed, and not complete before it was filled or repaired again', async () => {
    const feed = newFeed();
    await fill(4);
    await write(2);
    await feed.connected('connected');
    await lab.test.replica.completeRepair(6);
    for (const message of await write(1)) feed.receive(message);
    await check(feed);
    await eventually(() => lab.follower.seqs.length === 1);
    const restore = await snapshot();
    for (const message of await write(2)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    await feed.connected('connected');
    for (const message of await write()) feed.receive(message);
    // The snapshot's own fill says nothing, however often it is seen, nor does one from before.
    await check(feed);
    await lab.test.replica.completeRepair(5);
    await check(feed);
    expect(lab.follower).toMatchObject({ resyncs: [false], state: REPAIRING });
    expect(lab.follower.seqs.at(-1)).toBe(5);

    await lab.test.replica.completeRepair(9);
    for (const message of await lastMessages(1)) feed.receive(message);
    await eventually(() => feed.live);
    expect(lab.follower).toMatchObject({ resyncs: [false, true], continuous: [false, true] });
    for (const message of await write()) feed.receive(message);
    expect(lab.follower).toMatchObject({ resyncs: [false, true], state: 'live' });
  });

  it('is known to be repaired also by who came back only then, and by the fill of a Redis that lost everything since', async () => {
    const feed = newFeed();
    await fill(4);
    await write(2);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    await lab.test.replica.completeRepair(9);
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ resyncs: [true], state: 'live' });
    for (const message of await write(3)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    await feed.connected('connected');
    expect(lab.follower.state).toBe(REPAIRING);
    await loseEverything();
    for (const message of await write()) feed.receive(message);
    await eventually(() => lab.follower.state === FILLING);
    await fill(1);
    await check(feed);
    await eventually(() => feed.live);
    expect(lab.follower.resyncs).toEqual([true, false, false, true]);
  });

  it('is known by a stream that is gone although the epoch counted on', async () => {
    const feed = newFeed();
    await fill(4);
    await write(2);
    await feed.connected('connected');
    feed.disconnected('cut');
    await write(2);
    await lab.test.redis.del(names().feed);
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ resyncs: [false], state: REPAIRING });
  });

  it('is compared as continuous also where that failed at first', async () => {
    let failures = 1;
    lab.follower = recordingFollower(async complete => {
      if (complete && failures-- > 0) throw new Error('Redis is away again');
    });
    const feed = newFeed();
    await fill(4);
    await write(3);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(2)) feed.receive(message);
    await restore();
    await check(feed);
    await eventually(() => lab.follower.state === REPAIRING);
    await lab.test.replica.completeRepair(9);
    for (const message of await lastMessages(1)) feed.receive(message);
    await eventually(() => lab.follower.resyncs.length === 2);
    for (const message of await write()) feed.receive(message);
    await check(feed);
    await eventually(() => feed.live);
    expect(lab.follower).toMatchObject({ resyncs: [false, true, true], continuous: [false, true, true] });
  });

  it('is known by an older fill, where the position was trimmed meanwhile', async () => {
    const feed = newFeed();
    await fill(4);
    await write(2);
    const restore = await snapshot();
    await lab.test.replica.completeRepair(6);
    await feed.connected('connected');
    feed.disconnected('restart');
    await restore();
    await write(5);
    await lab.test.redis.xtrim(names().feed, 'MAXLEN', 1);
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ resyncs: [false], state: REPAIRING });
  });

  it('is not complete because it was before the tenant began, or has a life of it that was over', async () => {
    const feed = newFeed();
    await fill(4);
    await feed.connected('connected', await lab.test.reader.fillState());
    const before = await snapshot();
    for (const message of await write(2)) feed.receive(message);
    feed.disconnected('restart');
    await lab.test.redis.del(names().epoch, names().feed, names().records);
    await before();
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ resyncs: [false], state: FILLING });
    await lab.test.replica.completeRepair(6);
    await check(feed);
    await eventually(() => feed.live);

    await write(2);
    await lab.test.replica.completeRepair(7);
    await check(feed);
    await eventually(() => feed.live && feed.position?.seq === 3);
    const former = await snapshot();
    await loseEverything();
    await write();
    await fill(9);
    await feed.connected('again');
    expect(feed.live).toBe(true);
    await check(feed);
    await former();
    await feed.connected('again');
    expect(lab.follower.state).toBe(FILLING);
    await lab.test.replica.completeRepair(11);
    await feed.connected('again');
    expect(feed.live).toBe(true);
  });

  it('is found out although it wrote as many messages since as were lost', async () => {
    const feed = newFeed();
    await write(2);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    await write(3);
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ resyncs: [false], state: REPAIRING });
  });

  //   feed:  at 5            cannot read the head
  //   Redis:      back to 2                        3' 4' 5' 6' pushed   → 6' must not pass for what follows 5
  it('is found out although it could not be read at first and counted on past the position', async () => {
    let broken = false;
    const heads: ReplicaReader['heads'] = async which => {
      if (broken) throw new Error('no answer');
      return lab.test.reader.heads(which);
    };
    const feed = newFeed({ ...lab.test.reader, heads });
    await write(2);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    broken = true;
    await feed.connected('connected');
    for (const message of await write(4)) feed.receive(message);
    expect(lab.follower.seqs).toEqual([3, 4, 5]);
    broken = false;
    await check(feed);
    await eventually(() => lab.follower.state === REPAIRING);
    expect(lab.follower.resyncs).toEqual([false]);
  });

  it('is found out by a check although the connection was never lost', async () => {
    const feed = newFeed();
    await write(2);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    await restore();
    await check(feed);
    await eventually(() => lab.follower.resyncs.length === 1 && lab.follower.state === REPAIRING);
    expect(feed.position?.seq).toBe(2);
  });

  // Its seq is below the position, so it is no gap: nothing else would tell.
  it('is suspected when it counts on, also while a check is under way that read it before', async () => {
    const feed = newFeed();
    await write();
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    expect(feed.isInDoubt).toBe(false);
    const before = feed.beginCheck();
    const read = await head();
    await restore();
    for (const message of await write()) feed.receive(message);
    feed.check(read, before);
    expect(feed.isInDoubt).toBe(true);
    await check(feed);
    await eventually(() => lab.follower.state === REPAIRING);
  });

  it('is not suspected by a check that was overtaken by a message', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    const before = feed.position;
    const read = await head();
    for (const message of await write(3)) feed.receive(message);
    feed.check(read, before);
    await feed.connected('again');
    expect(lab.counters).toEqual({ gaps: 0, resyncs: 0 });
  });
});
