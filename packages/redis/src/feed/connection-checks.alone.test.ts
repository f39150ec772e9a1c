import { eventually, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedisClock } from '../connection/redis-clock.ts';
import { createReplicaReader } from '../replica/create-replica-reader.ts';
import { ChecksLab, headsIn, MANY, one } from './checks-lab.fixture.ts';
import { FILLING, REPAIRING } from './feed-lab.fixture.ts';
import { headsPerHeartbeat } from './head-turns.ts';

const lab = new ChecksLab();
const { beatsBetween, beatsSince, followMany, here, next, nextBeat, writeTo, writeWithoutPush } = lab;
beforeAll(lab.startServer);
afterAll(lab.stopServer);
beforeEach(lab.beginFilled);
afterEach(lab.end);

/** Whether every head was asked for within three heartbeats since then. In turn it would take ten. */
function everyHeadWasAsked(from: number): boolean {
  const beats: string[][] = [[]];
  for (const event of lab.events.slice(from)) {
    if (event === 'beat') beats.push([]);
    beats.at(-1)?.push(event);
  }
  return beats.some((_, i) => new Set(headsIn(beats.slice(i, i + 3).flat())).size === MANY);
}

describe('where nothing is wrong', () => {
  it('a reader of two hundred tenants asks Redis a handful of times with each heartbeat', async () => {
    // As a client has it, which asks for the time as well.
    const { redis, prefix } = lab.test;
    await followMany(200, {
      reader: createReplicaReader({ redis, prefix, timeoutMs: 5_000, clock: createRedisClock() }),
    });
    const used = async () => {
      const stats = await lab.test.redis.info('commandstats');
      return new Map(
        Array.from(stats.matchAll(/cmdstat_(\S+):calls=(\d+)/g), ([, name, calls]) => [name, Number(calls)]),
      );
    };
    const before = await used();
    const from = await here();
    await eventually(() => beatsSince(from).length >= 10);
    const after = await used();
    const count = (...names: string[]) =>
      names.reduce((sum, name) => sum + (after.get(name) ?? 0) - (before.get(name) ?? 0), 0);
    // One of each may be under way at both ends.
    const beats = count('unsubscribe');
    expect(beats).toBeGreaterThanOrEqual(9);
    const others = count('hmget', 'get', 'time', 'ping', 'subscribe', 'xrange', 'mget', 'exec');
    expect(others).toBeLessThanOrEqual((beats + 2) * 8);
    expect(others).toBeGreaterThanOrEqual((beats - 2) * 8);
  });

  it('no more heads are asked for while tenants change: nothing is taken for lost that is on its way', async () => {
    const many = await followMany(MANY);
    const from = await here();
    while (beatsSince(from).length < 12) await Promise.all(many.map(({ tenant }) => writeTo(tenant)));
    for (const beat of beatsSince(from)) expect(headsIn(beat).length).toBeLessThanOrEqual(6);
  });

  it('each head is asked for in turn', async () => {
    await followMany(MANY);
    const from = await here();
    await eventually(() => beatsSince(from).length >= 2 + MANY / 6);
    const asked = headsIn(beatsSince(from).flat()).slice(0, MANY);
    expect(new Set(asked).size).toBe(MANY);
  });

  it('each head of a process that follows few tenants is asked for with each heartbeat', async () => {
    await followMany(5);
    const from = await here();
    await eventually(() => beatsSince(from).length >= 3);
    for (const beat of beatsSince(from)) expect(new Set(headsIn(beat)).size).toBe(5);
  });

  it.each([
    [1, 5_000],
    [200, 5_000],
    [2_000, 5_000],
    [200, 15_000],
    [7, 600_000],
  ])('of %i tenants each is asked for within three minutes, at a heartbeat of %i ms', (followed, heartbeatMs) => {
    const beats = Math.ceil(followed / headsPerHeartbeat(followed, heartbeatMs));
    expect(beats * heartbeatMs).toBeLessThanOrEqual(Math.max(180_000, heartbeatMs));
  });
});

describe('a message that was never pushed', () => {
  // The first loss may wait for its turn. The second may not.
  it('is found when its head is asked for in turn, and the next one with the next heartbeat', async () => {
    const many = await followMany(MANY);
    const [first, second] = [one(many, 17), one(many, 42)];
    await writeWithoutPush(first.tenant);
    await eventually(() => expect(first.follower.seqs).toEqual([2]));
    expect(await beatsBetween(`append ${first.tenant}`, `head ${first.tenant}`)).toBeLessThanOrEqual(1 + MANY / 6);
    await nextBeat();
    await writeWithoutPush(second.tenant);
    await eventually(() => expect(second.follower.seqs).toEqual([2]));
    expect(await beatsBetween(`append ${second.tenant}`, `head ${second.tenant}`)).toBeLessThanOrEqual(1);
    expect(lab.feeds.counters.resyncs).toBe(0);
  });

  it('is found at the next message of its tenant, and every head is asked for', async () => {
    const many = await followMany(MANY);
    const { tenant, follower } = one(many, 33);
    const from = await here();
    await writeWithoutPush(tenant);
    await writeTo(tenant);
    await eventually(() => expect(follower.seqs).toEqual([2, 3]));
    await eventually(() => expect(everyHeadWasAsked(from)).toBe(true));
  });

  it('is found with the next heartbeat where a reader waits for it', async () => {
    const many = await followMany(MANY);
    const { tenant, follower, followed } = one(many, 51);
    await next(`head ${tenant}`);
    await writeWithoutPush(tenant);
    const [head] = await lab.test.reader.heads([tenant]);
    await beatsBetween(`append ${tenant}`, `head ${tenant}`);
    const from = await here();
    expect(await followed.feed.caughtUp(head)).toBe(true);
    expect(follower.seqs).toEqual([2]);
    await nextBeat();
    const until = lab.events.indexOf(`head ${tenant}`, from);
    expect(lab.events.slice(from, until).filter(event => event === 'beat').length).toBeLessThanOrEqual(2);
  });
});

it('a feed that goes back and counts on from there is found with the next heartbeat', async () => {
  const { redis, replica } = lab.test;
  const many = await followMany(MANY);
  const { tenant, follower } = one(many, 24);
  const { epoch, feed } = replica.names.of(tenant);
  const keys = [epoch, feed];
  const dumps = await Promise.all(keys.map(key => redis.dumpBuffer(key)));
  for (let i = 0; i < 3; i++) await writeTo(tenant);
  await eventually(() => expect(follower.seqs).toEqual([2, 3, 4]));
  // Its turn is far off.
  await next(`head ${tenant}`);
  for (const [i, key] of keys.entries()) await redis.restore(key, 0, dumps[i] as Buffer, 'REPLACE');
  await writeTo(tenant);
  await eventually(() => expect(follower.state).toBe(REPAIRING));
  // The push may arrive while a heartbeat begins.
  expect(await beatsBetween(`append ${tenant}`, `head ${tenant}`)).toBeLessThanOrEqual(2);
});

describe('every head is asked for', () => {
  it('where Redis was flushed, and every feed tells it', async () => {
    const many = await followMany(MANY);
    await nextBeat();
    await lab.test.redis.flushall();
    await eventually(() => expect(many.every(({ followed }) => !followed.feed.live)).toBe(true));
    await eventually(() => expect(beatsSince(lab.events.indexOf('flush')).length).toBeGreaterThan(0));
    const [first = []] = beatsSince(lab.events.indexOf('flush'));
    expect(new Set(headsIn(first)).size).toBe(MANY);
  });

  it.each([
    ['is filled no more', (redis: Redis, fillState: string) => redis.del(fillState)],
    ['was filled again', (redis: Redis, fillState: string) => redis.set(fillState, 'filled another')],
    [
      'does not tell whether it is filled',
      (redis: Redis, fillState: string) => redis.multi().del(fillState).lpush(fillState, 'x').exec(),
    ],
  ])('where Redis %s', async (_, change) => {
    const many = await followMany(MANY);
    const from = await here();
    await change(lab.test.redis, lab.test.replica.names.fillState);
    await eventually(() => expect(everyHeadWasAsked(from)).toBe(true));
    expect(many.every(({ followed }) => followed.feed.live)).toBe(true);
  });

  // Its fill state is the same before and after: nothing but its head tells what a feed has lost.
  it('with each heartbeat where Redis was never filled, so that a flush is found with the next', async () => {
    await lab.test.redis.del(lab.test.replica.names.fillState);
    // The other tenants have nothing to lose.
    const many = await followMany(MANY, {}, { written: 1 });
    const from = await here();
    await eventually(() => beatsSince(from).length >= 4);
    for (const beat of beatsSince(from)) expect(new Set(headsIn(beat)).size).toBe(MANY);
    const { tenant, follower } = one(many, 0);
    await lab.test.redis.flushall();
    await eventually(() => expect(follower.state).toBe(FILLING));
    expect(await beatsBetween('flush', `head ${tenant}`)).toBeLessThanOrEqual(1);
  });

  it('where the process was held up, as a laptop is that was asleep', async () => {
    await followMany(MANY, { timeoutMs: 300 });
    // Between two heartbeats: otherwise the one that is under way finds Redis silent.
    await next('checked');
    await lab.redis.ping();
    const from = await here();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * (50 + 300) + 200);
    await eventually(() => expect(everyHeadWasAsked(from)).toBe(true));
  });

  it('where the connection for commands was made anew', async () => {
    const many = await followMany(MANY);
    const from = await here();
    lab.redis.disconnect(true);
    await eventually(() => expect(everyHeadWasAsked(from)).toBe(true));
    expect(many.every(({ follower }) => follower.states.join() === 'live')).toBe(true);
  });

  // As after a failover: commands go to the new master, and the old one still answers who listens to it.
  it('with each heartbeat where pushes come from another server than the one that is read', async () => {
    await using old = await startRedisServer();
    const pushes = new Redis(old.url);
    lab.open.push({ close: () => pushes.disconnect() });
    lab.redis.duplicate = pushes.duplicate.bind(pushes) as never;
    const many = await followMany(MANY);
    const { tenant, follower } = one(many, 27);
    await writeTo(tenant);
    await eventually(() => expect(follower.seqs).toEqual([2]));
    expect(await beatsBetween(`append ${tenant}`, `head ${tenant}`)).toBeLessThanOrEqual(1);
  });
});

describe('a feed whose subscription the server has ended', () => {
  // R2 (reader)
  it('is subscribed again with the next heartbeat, and misses nothing', async () => {
    const { duplicate } = lab.redis;
    let subscriber: Redis | undefined;
    lab.redis.duplicate = ((...args: Parameters<typeof duplicate>) => {
      subscriber = duplicate.apply(lab.redis, args) as Redis;
      return subscriber;
    }) as never;
    const many = await followMany(MANY);
    const { tenant, follower, followed } = one(many, 38);
    const from = await here();
    await subscriber?.unsubscribe(lab.test.replica.names.of(tenant).feed);
    await writeTo(tenant);
    await eventually(() => expect(follower.seqs).toEqual([2]));
    await eventually(async () => expect(await lab.subscribers(tenant)).toBe(1));
    await writeTo(tenant);
    await eventually(() => expect(follower.seqs).toEqual([2, 3]));
    const until = lab.events.indexOf(`subscribe ${tenant}`, from);
    expect(lab.events.slice(from, until).filter(event => event === 'beat').length).toBeLessThanOrEqual(2);
    expect(followed.feed.live).toBe(true);
    // Once, not with each heartbeat from now on.
    await nextBeat();
    expect(lab.events.slice(from).filter(event => event === `subscribe ${tenant}`)).toHaveLength(1);
  });
});
