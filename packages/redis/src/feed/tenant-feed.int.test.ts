import { eventually } from '@tenantry/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordingFollower, recordingFollower } from '../follower.fixture.ts';
import type { ReplicaReader } from '../replica/create-replica-reader.ts';
import { openReplica, row, type TestReplica } from '../replica.fixture.ts';
import type { FeedCounters } from './feed-repair.ts';
import { TenantFeed } from './tenant-feed.ts';

// Real messages in a real Redis; the pushes are handed over by the test, so that it decides which are lost.
const tenant = 'acme';
const FILLING = 'Redis lost its data and is being filled';
const REPAIRING = 'Redis lost its last moments and is being repaired';
let test: TestReplica;
let follower: RecordingFollower;
let counters: FeedCounters;
let version: number;

beforeEach(() => {
  test = openReplica({ feedLength: 100_000 });
  follower = recordingFollower();
  counters = { gaps: 0, resyncs: 0 };
  version = 0;
});
afterEach(() => test[Symbol.asyncDispose]());

const names = () => test.replica.names.of(tenant);
const newFeed = (reader: ReplicaReader = test.reader) => new TenantFeed(tenant, reader, follower, counters);
const head = async () => (await test.reader.heads([tenant]))[0];

/** Applies so many changes and answers their messages, as they were pushed. */
async function write(count = 1): Promise<Buffer[]> {
  for (let i = 0; i < count; i++) await test.replica.apply(tenant, [row(1, ++version, ['a'])]);
  return lastMessages(count);
}

async function lastMessages(count: number): Promise<Buffer[]> {
  const entries = await test.redis.xrevrangeBuffer(names().feed, '+', '-', 'COUNT', count);
  return entries.map(([, fields]) => fields[1] as Buffer).reverse();
}

/** As the heartbeat does. */
async function check(feed: TenantFeed): Promise<void> {
  const before = feed.position;
  feed.check(await head(), before, await test.reader.fillState());
}

/** What a restart from a snapshot taken now would bring back. */
async function snapshot(): Promise<() => Promise<void>> {
  const keys = Object.values(names()).filter(name => name !== tenant && !name.endsWith(':k:'));
  const dumps = await Promise.all(keys.map(async key => ({ key, dump: await test.redis.dumpBuffer(key) })));
  return async () => {
    for (const { key, dump } of dumps) if (dump) await test.redis.restore(key, 0, dump, 'REPLACE');
  };
}

async function loseEverything(): Promise<void> {
  const { records, tombstones, feed, epoch } = names();
  await test.redis.del(records, tombstones, feed, epoch, test.replica.names.fillState);
}

/** The marker of before is known. */
async function fillOrRepair(): Promise<void> {
  if (await test.replica.isFilled()) expect(await test.replica.completeRepair(++version + 1_000)).toBe(true);
  else await fill(++version + 1_000);
}

async function fill(as = 1): Promise<void> {
  const token = (await test.replica.beginFill()) as string;
  expect(await test.replica.completeFill(token, as)).toBe(true);
}

describe('a feed', () => {
  it('begins where Redis stands, without a resync and without what came before', async () => {
    await write(3);
    const feed = newFeed();
    expect(feed.live).toBe(false);
    await feed.connected('connected');
    expect(feed.live).toBe(true);
    expect(follower).toMatchObject({ states: ['live'], resyncs: [], seqs: [] });
    for (const message of await write(2)) feed.receive(message);
    expect(follower.seqs).toEqual([4, 5]);
  });

  it('begins before the first message of a tenant that has none', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    for (const message of await write(2)) feed.receive(message);
    expect(follower).toMatchObject({ seqs: [1, 2], resyncs: [], states: ['live'] });
  });

  it('drops what it has heard already', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    const messages = await write(3);
    for (const message of [...messages, ...messages, ...(await write()), ...messages]) feed.receive(message);
    expect(follower).toMatchObject({ seqs: [1, 2, 3, 4], resyncs: [] });
    expect(counters).toEqual({ gaps: 0, resyncs: 0 });
  });

  // G6, F9
  it('reads from the stream what was not pushed, each message once and in order', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    const messages = await write(5);
    feed.receive(messages[0] as Buffer);
    feed.receive(messages[3] as Buffer); // finds that 2 and 3 are missing
    feed.receive(messages[4] as Buffer); // arrives during the repair
    await eventually(() => follower.seqs.length === 5);
    expect(follower).toMatchObject({ seqs: [1, 2, 3, 4, 5], resyncs: [] });
    expect(counters).toEqual({ gaps: 1, resyncs: 0 });
  });

  // L53
  it('reads from the stream what it missed while it was cut off', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    feed.disconnected('cut');
    expect(follower.state).toBe('cut');
    await write(3);
    await feed.connected('connected');
    expect(follower).toMatchObject({ seqs: [3, 4, 5], resyncs: [], states: ['live', 'cut', 'live'] });
  });

  it('finds with a check what was never pushed', async () => {
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(3);
    await check(feed);
    await eventually(() => follower.seqs.length === 3);
    await check(feed);
    expect(counters).toEqual({ gaps: 1, resyncs: 0 });
  });

  // L53
  it('tells the follower to resync where the stream was trimmed, and goes on from there', async () => {
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(4);
    await test.redis.xtrim(names().feed, 'MAXLEN', 1);
    await check(feed);
    await eventually(() => follower.resyncs.length === 1 && feed.live);
    expect(follower).toMatchObject({ seqs: [], resyncs: [true], states: ['live', 'the feed began anew', 'live'] });
    for (const message of await write()) feed.receive(message);
    expect(follower.seqs).toEqual([6]);
  });

  it.each([
    ['was damaged', async () => test.redis.xadd(names().feed, '5-0', 'm', '\x01garbage')],
    ['is of a later release', async () => test.redis.xadd(names().feed, '5-0', 'm', '\x02later')],
    ['was taken out', async () => undefined],
  ])('resyncs once over a message that %s, instead of trying for ever', async (_, plant) => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await write(2);
    await plant();
    await test.redis.xdel(names().feed, '3-0');
    await check(feed);
    await eventually(() => follower.resyncs.length === 1 && feed.live);
    expect(feed.position?.seq).toBe(4);
    await check(feed);
    await feed.connected('again');
    expect(counters.resyncs).toBe(1);
  });

  it('repairs over a push that cannot be read', async () => {
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(2);
    feed.receive(Buffer.from('garbage'));
    await eventually(() => follower.seqs.length === 2);
    expect(follower.troubles).toHaveLength(1);
    expect(follower.troubles[0]).toMatchObject({ code: 'UNKNOWN_FORMAT' });
  });

  // F8: what cannot be repaired now is repaired by the next check.
  it('is not live while Redis cannot be read, and never rejects', async () => {
    let broken = true;
    const heads: ReplicaReader['heads'] = async which => {
      if (broken) throw new Error('no answer');
      return test.reader.heads(which);
    };
    const feed = newFeed({ ...test.reader, heads });
    await feed.connected('connected');
    expect(follower.states).toEqual(['Redis does not answer']);
    expect(follower.troubles).toHaveLength(1);
    broken = false;
    await check(feed);
    await eventually(() => feed.live);
  });

  it('makes progress however many messages arrive while it reads', async () => {
    const reads: (() => void)[] = [];
    const heads: ReplicaReader['heads'] = async which => {
      await new Promise<void>(resolve => reads.push(resolve));
      return test.reader.heads(which);
    };
    await write();
    const feed = newFeed({ ...test.reader, heads });
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
    await eventually(() => follower.seqs.length === 3000);
    expect(follower.seqs).toEqual(Array.from({ length: 3000 }, (_, i) => i + 2));
    expect(reads).toHaveLength(0);
    expect(counters.resyncs).toBe(0);
  });

  it('hands over what is pushed while the follower resyncs', async () => {
    let finish = () => {};
    follower = recordingFollower(() => new Promise(resolve => (finish = resolve)));
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(3);
    await test.redis.xtrim(names().feed, 'MAXLEN', 1);
    feed.disconnected('cut');
    const connected = feed.connected('connected');
    await eventually(() => follower.resyncs.length === 1);
    for (const message of await write(2)) feed.receive(message);
    expect(follower.seqs).toEqual([5, 6]);
    expect(feed.live).toBe(false);
    finish();
    await connected;
    expect(feed.live).toBe(true);
  });

  it('resyncs again where the follower could not, and is not live before', async () => {
    let failures = 2;
    follower = recordingFollower(async () => {
      if (failures-- > 0) throw new Error('Redis is away again');
    });
    const feed = newFeed();
    await write();
    await feed.connected('connected');
    await write(3);
    await test.redis.xtrim(names().feed, 'MAXLEN', 1);
    for (const times of [1, 2, 3]) {
      await check(feed);
      await eventually(() => follower.resyncs.length === times);
      await eventually(() => feed.live === (times === 3) && follower.troubles.length === Math.min(times, 2));
    }
    // What is absent was never unknown: nothing was lost.
    expect(follower.resyncs).toEqual([true, true, true]);
    await check(feed);
    expect(follower.resyncs).toHaveLength(3);
  });
});

// R11
describe('a Redis that lost its data', () => {
  it('is said to be filled until it is, and then everything is compared', async () => {
    const feed = newFeed();
    await write(2);
    await fill();
    await feed.connected('connected');
    await loseEverything();
    await check(feed);
    await eventually(() => follower.resyncs.length === 1);
    await eventually(() => follower.state === FILLING);
    // Not yet anything there: the check must not take that for "there is nothing".
    for (let i = 0; i < 3; i++) {
      await check(feed);
      await feed.connected('again');
      expect(feed.live).toBe(false);
    }
    expect(follower.resyncs).toEqual([false]);

    const token = (await test.replica.beginFill()) as string;
    for (const message of await write(2)) feed.receive(message);
    expect(follower.seqs).toEqual([1, 2]);
    await check(feed);
    await feed.connected('again');
    expect(follower).toMatchObject({ resyncs: [false], state: FILLING });

    expect(await test.replica.completeFill(token, 1)).toBe(true);
    await check(feed);
    await eventually(() => feed.live);
    expect(follower.resyncs).toEqual([false, true]);
  });

  it('is live at once when the message comes that it was filled', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await loseEverything();
    const token = (await test.replica.beginFill()) as string;
    for (const message of await write()) feed.receive(message);
    await eventually(() => follower.state === FILLING);
    await test.replica.completeFill(token, 1);
    const [filled] = await test.redis.xrevrangeBuffer(names().feed, '+', '-', 'COUNT', 1);
    feed.receive(filled?.[1][1] as Buffer);
    await eventually(() => feed.live);
    expect(follower.resyncs).toEqual([false, true]);
  });

  it('is complete for a tenant that has nothing any more', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await loseEverything();
    await check(feed);
    await eventually(() => follower.state === FILLING);
    await fill(); // publishes nothing for this tenant
    await check(feed);
    await eventually(() => feed.live);
    expect(follower.resyncs).toEqual([false, true]);
    for (const message of await write()) feed.receive(message);
    expect(follower.seqs).toEqual([1]);
  });

  it('has dropped what is absent where it lost only this tenant and is known to be filled', async () => {
    const feed = newFeed();
    await write(2);
    await fill();
    await feed.connected('connected');
    await test.redis.del(names().epoch, names().feed);
    await check(feed);
    await eventually(() => follower.resyncs.length === 1 && feed.live);
    expect(follower.resyncs).toEqual([true]);
  });

  it('is not complete where the marker was on another node of a Cluster, until what it lost was brought back', async () => {
    const feed = newFeed();
    await write(2);
    await fill();
    await feed.connected('connected');
    await check(feed);
    const { records, tombstones, feed: stream, epoch } = names();
    const lose = () => test.redis.del(records, tombstones, stream, epoch);
    await lose();
    await check(feed);
    await eventually(() => follower.state === FILLING);
    await check(feed);
    await feed.connected('again');
    expect(follower).toMatchObject({ resyncs: [false], state: FILLING });
    // It has nothing any more, so nobody tells it.
    expect(await test.replica.completeRepair(2)).toBe(true);
    await check(feed);
    await eventually(() => feed.live);
    expect(follower.resyncs).toEqual([false, true]);
  });

  it('is found out where nothing but the feed was evicted, and ends with the repair, whichever comes first', async () => {
    for (const order of ['written, repaired', 'repaired, written']) {
      follower = recordingFollower();
      const feed = newFeed();
      await write(2);
      await feed.connected('connected', await test.reader.fillState());
      await test.redis.del(names().feed);
      const steps = order === 'written, repaired' ? ['write', 'repair'] : ['repair', 'write'];
      for (const step of steps) {
        if (step === 'repair') await fillOrRepair();
        else await write();
        for (const message of await lastMessages(1)) feed.receive(message);
        await eventually(() => follower.state === (order.startsWith('written') && step === 'write' ? FILLING : 'live'));
      }
      await eventually(() => feed.live);
      expect(follower.resyncs.at(-1)).toBe(true);
      feed.disconnected('over');
    }
  });

  it('is found out by the first message of the new epoch', async () => {
    const feed = newFeed();
    await write(2);
    await feed.connected('connected');
    await loseEverything();
    for (const message of await write(3)) feed.receive(message);
    await eventually(() => follower.state === FILLING);
    expect(follower.resyncs).toEqual([false]);
    expect(feed.position?.seq).toBe(3);
  });
});

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
    expect(follower).toMatchObject({ resyncs: [false], state: REPAIRING });
    expect(feed.position?.seq).toBe(2);
  });

  it('is followed, and not complete before it was filled or repaired again', async () => {
    const feed = newFeed();
    await fill(4);
    await write(2);
    await feed.connected('connected');
    await test.replica.completeRepair(6);
    for (const message of await write(1)) feed.receive(message);
    await check(feed);
    await eventually(() => follower.seqs.length === 1);
    const restore = await snapshot();
    for (const message of await write(2)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    await feed.connected('connected');
    for (const message of await write()) feed.receive(message);
    // The snapshot's own fill says nothing, however often it is seen, nor does one from before.
    await check(feed);
    await test.replica.completeRepair(5);
    await check(feed);
    expect(follower).toMatchObject({ resyncs: [false], state: REPAIRING });
    expect(follower.seqs.at(-1)).toBe(5);

    await test.replica.completeRepair(9);
    for (const message of await lastMessages(1)) feed.receive(message);
    await eventually(() => feed.live);
    expect(follower).toMatchObject({ resyncs: [false, true], continuous: [false, true] });
    for (const message of await write()) feed.receive(message);
    expect(follower).toMatchObject({ resyncs: [false, true], state: 'live' });
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
    await test.replica.completeRepair(9);
    await feed.connected('connected');
    expect(follower).toMatchObject({ resyncs: [true], state: 'live' });
    for (const message of await write(3)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    await feed.connected('connected');
    expect(follower.state).toBe(REPAIRING);
    await loseEverything();
    for (const message of await write()) feed.receive(message);
    await eventually(() => follower.state === FILLING);
    await fill(1);
    await check(feed);
    await eventually(() => feed.live);
    expect(follower.resyncs).toEqual([true, false, false, true]);
  });

  it('is known by a stream that is gone although the epoch counted on', async () => {
    const feed = newFeed();
    await fill(4);
    await write(2);
    await feed.connected('connected');
    feed.disconnected('cut');
    await write(2);
    await test.redis.del(names().feed);
    await feed.connected('connected');
    expect(follower).toMatchObject({ resyncs: [false], state: REPAIRING });
  });

  it('is compared as continuous also where that failed at first', async () => {
    let failures = 1;
    follower = recordingFollower(async complete => {
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
    await eventually(() => follower.state === REPAIRING);
    await test.replica.completeRepair(9);
    for (const message of await lastMessages(1)) feed.receive(message);
    await eventually(() => follower.resyncs.length === 2);
    for (const message of await write()) feed.receive(message);
    await check(feed);
    await eventually(() => feed.live);
    expect(follower).toMatchObject({ resyncs: [false, true, true], continuous: [false, true, true] });
  });

  it('is known by an older fill, where the position was trimmed meanwhile', async () => {
    const feed = newFeed();
    await fill(4);
    await write(2);
    const restore = await snapshot();
    await test.replica.completeRepair(6);
    await feed.connected('connected');
    feed.disconnected('restart');
    await restore();
    await write(5);
    await test.redis.xtrim(names().feed, 'MAXLEN', 1);
    await feed.connected('connected');
    expect(follower).toMatchObject({ resyncs: [false], state: REPAIRING });
  });

  it('is not complete because it was before the tenant began, or has a life of it that was over', async () => {
    const feed = newFeed();
    await fill(4);
    await feed.connected('connected', await test.reader.fillState());
    const before = await snapshot();
    for (const message of await write(2)) feed.receive(message);
    feed.disconnected('restart');
    await test.redis.del(names().epoch, names().feed, names().records);
    await before();
    await feed.connected('connected');
    expect(follower).toMatchObject({ resyncs: [false], state: FILLING });
    await test.replica.completeRepair(6);
    await check(feed);
    await eventually(() => feed.live);

    await write(2);
    await test.replica.completeRepair(7);
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
    expect(follower.state).toBe(FILLING);
    await test.replica.completeRepair(11);
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
    expect(follower).toMatchObject({ resyncs: [false], state: REPAIRING });
  });

  //   feed:  at 5            cannot read the head
  //   Redis:      back to 2                        3' 4' 5' 6' pushed   → 6' must not pass for what follows 5
  it('is found out although it could not be read at first and counted on past the position', async () => {
    let broken = false;
    const heads: ReplicaReader['heads'] = async which => {
      if (broken) throw new Error('no answer');
      return test.reader.heads(which);
    };
    const feed = newFeed({ ...test.reader, heads });
    await write(2);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    feed.disconnected('restart');
    await restore();
    broken = true;
    await feed.connected('connected');
    for (const message of await write(4)) feed.receive(message);
    expect(follower.seqs).toEqual([3, 4, 5]);
    broken = false;
    await check(feed);
    await eventually(() => follower.state === REPAIRING);
    expect(follower.resyncs).toEqual([false]);
  });

  it('is found out by a check although the connection was never lost', async () => {
    const feed = newFeed();
    await write(2);
    const restore = await snapshot();
    await feed.connected('connected');
    for (const message of await write(3)) feed.receive(message);
    await restore();
    await check(feed);
    await eventually(() => follower.resyncs.length === 1 && follower.state === REPAIRING);
    expect(feed.position?.seq).toBe(2);
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
    expect(counters).toEqual({ gaps: 0, resyncs: 0 });
  });
});

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

  it('waits for a message on its way', async () => {
    const feed = newFeed();
    await feed.connected('connected');
    const [first, second] = (await write(2)) as [Buffer, Buffer];
    let heard: boolean | undefined;
    const waiting = Promise.resolve(feed.caughtUp(await head())).then(caughtUp => {
      heard = caughtUp;
    });
    feed.receive(first);
    await test.redis.ping();
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
    await test.redis.del(names().epoch);
    await feed.connected('connected');
    // Nothing is known of the present life: whatever comes first decides.
    const waiting = feed.caughtUp(old);
    for (const message of await write()) feed.receive(message);
    expect(await waiting).toBe(false);
    expect(feed.caughtUp(old)).toBe(false);
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
