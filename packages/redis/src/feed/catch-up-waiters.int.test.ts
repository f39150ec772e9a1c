import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeedLab } from './feed-lab.fixture.ts';

const lab = new FeedLab();
const { check, head, names, newFeed, write } = lab;
beforeEach(lab.begin);
afterEach(lab.end);

describe('caughtUp', () => {
  it('is false before anything is known', async () => {
    await write();
    expect(newFeed().caughtUp(await head())).toBe(false);
    expect(newFeed().caughtUp(undefined)).toBe(false);
  });

  it('is true for everything heard, and for nothing where there is nothing', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    expect(feed.caughtUp(undefined)).toBe(true);
    for (const message of await write(2)) feed.receive(message);
    expect(feed.caughtUp(await head())).toBe(true);
    expect(feed.caughtUp({ ...(await head()), seq: 1 } as never)).toBe(true);
    expect(feed.caughtUp(undefined)).toBe(false);
  });

  it('is false for less than was heard when it was asked for, and for all that was heard once the connection is lost', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    const [first, second] = (await write(2)) as [Buffer, Buffer];
    feed.receive(first);
    const before = feed.position;
    const older = { ...(await head()), seq: 1 } as never;
    feed.receive(second);
    expect(feed.caughtUp(older, before)).toBe(true);
    expect(feed.caughtUp(older, feed.position)).toBe(false);
    feed.disconnected('cut');
    expect(feed.caughtUp(older, before)).toBe(false);
    await feed.connected('again');
    expect(feed.caughtUp(older, before)).toBe(true);
  });

  it('is false for as many messages as were heard, and others', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    for (const message of await write(2)) feed.receive(message);
    const others = { ...(await head()), tag: '00' } as never;
    expect(feed.caughtUp(others)).toBe(false);
    const [third] = (await write()) as [Buffer];
    const waiting = feed.caughtUp({ ...(await head()), tag: '00' } as never);
    feed.receive(third);
    expect(await waiting).toBe(false);
  });

  it('leaves a doubt where a read shows a Redis that has less than was heard, and none where it has as much', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    for (const message of await write(2)) feed.receive(message);
    const read = await head();
    expect([feed.caughtUp(read, feed.position), feed.isInDoubt]).toEqual([true, false]);
    for (const lost of [undefined, { ...read, seq: 1 }, { ...read, tag: '00' }, { ...read, epoch: 'another' }]) {
      expect([feed.caughtUp(lost as never, feed.position), feed.isInDoubt]).toEqual([false, true]);
      feed.beginCheck();
      expect(feed.isInDoubt).toBe(false);
    }
  });

  it('waits for a message on its way', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    const [first, second] = (await write(2)) as [Buffer, Buffer];
    let heard: boolean | undefined;
    const waiting = Promise.resolve(feed.caughtUp(await head())).then(caughtUp => {
      heard = caughtUp;
    });
    feed.receive(first);
    await lab.test.redis.ping();
    expect(heard).toBeUndefined();
    feed.receive(second);
    await waiting;
    expect(heard).toBe(true);
  });

  it('is false once the connection is lost, and while it is', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    await write();
    const waiting = feed.caughtUp(await head());
    feed.disconnected('cut');
    expect(await waiting).toBe(false);
    expect(feed.caughtUp(await head())).toBe(false);
  });

  // G8: each of these once waited for ever.
  it('never waits for another life of the feed', async () => {
    const feed = newFeed();
    await write();
    const old = await head();
    await lab.test.redis.del(names().epoch);
    await feed.connected('connected');
    // Nothing is known of the present life: whatever comes first decides.
    const waiting = feed.caughtUp(old);
    for (const message of await write()) feed.receive(message);
    expect(await waiting).toBe(false);
    expect(feed.caughtUp(old)).toBe(false);
  });

  //   feed:   asks for its head, as of 1                       checks it: there is nothing more
  //   writer:                              message 2
  //   reader:                                         as of 2
  it('is not given up by a check whose head was read before the message', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    for (const message of await write()) feed.receive(message);
    const before = feed.beginCheck();
    const read = await head();
    const [second] = (await write()) as [Buffer];
    const waiting = feed.caughtUp(await head());
    feed.check(read, before);
    feed.receive(second);
    expect(await waiting).toBe(true);
    // The next check would have known.
    const other = feed.caughtUp({ ...(await head()), seq: 5 } as never);
    feed.check(await head(), feed.beginCheck());
    expect(await other).toBe(false);
  });

  it('does not wait for a message that Redis does not have', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    const waiting = feed.caughtUp({ ...(await head()), seq: 5 } as never);
    await check(feed);
    expect(await waiting).toBe(false);
  });
});
