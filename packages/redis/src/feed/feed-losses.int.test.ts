import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordingFollower } from '../follower.fixture.ts';
import { FeedLab, FILLING } from './feed-lab.fixture.ts';

const lab = new FeedLab();
const { check, fill, fillOrRepair, lastMessages, loseEverything, names, newFeed, write } = lab;
beforeEach(lab.begin);
afterEach(lab.end);

// R11
describe('a Redis that lost its data', () => {
  it('is said to be filled until it is, and then everything is compared', async () => {
    const feed = newFeed();
    await write(2);
    await fill();
    await feed.connected('connected');
    await loseEverything();
    await check(feed);
    await eventually(() => lab.follower.resyncs.length === 1);
    await eventually(() => lab.follower.state === FILLING);
    // Not yet anything there: the check must not take that for "there is nothing".
    for (let i = 0; i < 3; i++) {
      await check(feed);
      await feed.connected('again');
      expect(feed.live).toBe(false);
    }
    expect(lab.follower.resyncs).toEqual([false]);

    const token = (await lab.test.replica.beginFill()) as string;
    for (const message of await write(2)) feed.receive(message);
    expect(lab.follower.seqs).toEqual([1, 2]);
    await check(feed);
    await feed.connected('again');
    expect(lab.follower).toMatchObject({ resyncs: [false], state: FILLING });

    expect(await lab.test.replica.completeFill(token, 1)).toBe(true);
    await check(feed);
    await eventually(() => feed.live);
    expect(lab.follower.resyncs).toEqual([false, true]);
  });

  it('is live at once when the message comes that it was filled', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await loseEverything();
    const token = (await lab.test.replica.beginFill()) as string;
    for (const message of await write()) feed.receive(message);
    await eventually(() => lab.follower.state === FILLING);
    await lab.test.replica.completeFill(token, 1);
    const [filled] = await lab.test.redis.xrevrangeBuffer(names().feed, '+', '-', 'COUNT', 1);
    feed.receive(filled?.[1][1] as Buffer);
    await eventually(() => feed.live);
    expect(lab.follower.resyncs).toEqual([false, true]);
  });

  it('is complete for a tenant that has nothing any more', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await loseEverything();
    await check(feed);
    await eventually(() => lab.follower.state === FILLING);
    await fill(); // publishes nothing for this tenant
    await check(feed);
    await eventually(() => feed.live);
    expect(lab.follower.resyncs).toEqual([false, true]);
    for (const message of await write()) feed.receive(message);
    expect(lab.follower.seqs).toEqual([1]);
  });

  it('has dropped what is absent where it lost only this tenant and is known to be filled', async () => {
    const feed = newFeed();
    await write(2);
    await fill();
    await feed.connected('connected');
    await lab.test.redis.del(names().epoch, names().feed);
    await check(feed);
    await eventually(() => lab.follower.resyncs.length === 1 && feed.live);
    expect(lab.follower.resyncs).toEqual([true]);
  });

  it('is not complete where the marker was on another node of a Cluster, until what it lost was brought back', async () => {
    const feed = newFeed();
    await write(2);
    await fill();
    await feed.connected('connected');
    await check(feed);
    const { records, tombstones, feed: stream, epoch } = names();
    const lose = () => lab.test.redis.del(records, tombstones, stream, epoch);
    await lose();
    await check(feed);
    await eventually(() => lab.follower.state === FILLING);
    await check(feed);
    await feed.connected('again');
    expect(lab.follower).toMatchObject({ resyncs: [false], state: FILLING });
    // It has nothing any more, so nobody tells it.
    expect(await lab.test.replica.completeRepair(2)).toBe(true);
    await check(feed);
    await eventually(() => feed.live);
    expect(lab.follower.resyncs).toEqual([false, true]);
  });

  it('is found out where nothing but the feed was evicted, and ends with the repair, whichever comes first', async () => {
    for (const order of ['written, repaired', 'repaired, written']) {
      lab.follower = recordingFollower();
      const feed = newFeed();
      await write(2);
      await feed.connected('connected', await lab.test.reader.fillState());
      await lab.test.redis.del(names().feed);
      const steps = order === 'written, repaired' ? ['write', 'repair'] : ['repair', 'write'];
      for (const step of steps) {
        if (step === 'repair') await fillOrRepair();
        else await write();
        for (const message of await lastMessages(1)) feed.receive(message);
        await eventually(
          () => lab.follower.state === (order.startsWith('written') && step === 'write' ? FILLING : 'live'),
        );
      }
      await eventually(() => feed.live);
      expect(lab.follower.resyncs.at(-1)).toBe(true);
      feed.disconnected('over');
    }
  });

  it('is found out by the first message of the new epoch', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await loseEverything();
    for (const message of await write(3)) feed.receive(message);
    await eventually(() => lab.follower.state === FILLING);
    expect(lab.follower.resyncs).toEqual([false]);
    expect(feed.position?.seq).toBe(3);
  });

  it('is found out by a feed that is only being opened where a reply has shown something, until it is filled', async () => {
    await write(2);
    const feed = newFeed();
    expect(await feed.caughtUp(await lab.head())).toBe(false);
    await loseEverything();
    await feed.connected('connected');
    expect(lab.follower.state).toBe(FILLING);
    await write();
    await fill(5);
    await check(feed);
    await eventually(() => feed.live);
    expect(lab.follower.resyncs.at(-1)).toBe(true);
  });

  it('is not suspected where a reply overtakes the first look of a feed', async () => {
    await write(2);
    const { reader } = lab.test;
    const feed = newFeed({
      ...reader,
      async heads(tenants) {
        const heads = await reader.heads(tenants);
        await write();
        await feed.caughtUp(await lab.head());
        return heads;
      },
    });
    await feed.connected('connected');
    expect(lab.follower).toMatchObject({ states: ['live'], resyncs: [] });
  });
});
