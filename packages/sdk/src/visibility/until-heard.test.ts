import { TenantryError } from '@tenantry/protocol';
import type { FeedHead } from '@tenantry/redis';
import { describe, expect, it } from 'vitest';
import type { ChangeTap } from '../views/change-taps.ts';
import { untilHeard, type WaitBounds } from './until-heard.ts';

const token = { epoch: 'A', seq: 5, tag: 't5' };
const at = (seq: number, epoch = 'A', tag = `t${seq}`) => ({ epoch, seq, tag });

/** A feed that a test moves by hand. */
function feedAt(position: ReturnType<typeof at> | undefined, live = true) {
  const taps = new Set<ChangeTap>();
  const feed = {
    position,
    live,
    asked: 0,
    redis: undefined as FeedHead | undefined | TenantryError,
    tap(tap: ChangeTap) {
      taps.add(tap);
      return { end: () => void taps.delete(tap) };
    },
    async head() {
      feed.asked++;
      if (feed.redis instanceof TenantryError) throw feed.redis;
      return feed.redis;
    },
  };
  return {
    feed,
    taps,
    move(to: ReturnType<typeof at>) {
      feed.position = to;
      for (const tap of [...taps]) tap.heard({} as never);
    },
    goLive() {
      feed.live = true;
      for (const tap of [...taps]) tap.live();
    },
    redisAt: (head: ReturnType<typeof at> | undefined) => {
      feed.redis = head && { ...head, filled: 0 };
    },
  };
}

const bounds: WaitBounds = { timeoutMs: 30_000, orInRedis: false, onClosed: () => () => undefined };

/** Whether it has ended by now. */
async function hasEnded(waiting: Promise<void>): Promise<boolean> {
  let ended = false;
  void waiting.then(
    () => {
      ended = true;
    },
    () => undefined,
  );
  await new Promise(resolve => setImmediate(resolve));
  return ended;
}

describe('a wait for a moment of the feed', () => {
  it.each([
    ['at it', at(5)],
    ['after it', at(9)],
  ])('is none where memory is %s', async (_, position) => {
    const { feed, taps } = feedAt(position);
    await untilHeard(feed, token, bounds);
    expect(taps.size).toBe(0);
    expect(feed.asked).toBe(0);
  });

  it('ends with the message, and not with one before it', async () => {
    const { feed, taps, move } = feedAt(at(3));
    const waiting = untilHeard(feed, token, bounds);
    move(at(4));
    expect(await hasEnded(waiting)).toBe(false);
    move(at(5));
    await waiting;
    expect(taps.size).toBe(0);
    expect(feed.asked).toBe(0);
  });

  it('does not end with a position that memory was not compared with yet', async () => {
    const { feed, goLive } = feedAt(at(7), false);
    const waiting = untilHeard(feed, token, bounds);
    expect(await hasEnded(waiting)).toBe(false);
    goLive();
    await waiting;
  });

  it('is over where Redis is in another epoch, and goes on where only memory is', async () => {
    const { feed, move, redisAt } = feedAt(at(3, 'B'));
    redisAt(at(3, 'B'));
    await expect(untilHeard(feed, token, bounds)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    redisAt(undefined);
    await expect(untilHeard(feed, token, bounds)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    redisAt(at(6));
    const waiting = untilHeard(feed, token, bounds);
    expect(await hasEnded(waiting)).toBe(false);
    move(at(6));
    await waiting;
  });

  it('is over where Redis has another message in the place of the one that the token names', async () => {
    const { feed, redisAt } = feedAt(at(5, 'A', 'other'));
    redisAt(at(5, 'A', 'other'));
    await expect(untilHeard(feed, token, bounds)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('asks Redis again where it did not answer', async () => {
    const { feed, move, redisAt } = feedAt(at(3, 'B'));
    feed.redis = new TenantryError('UNAVAILABLE', 'away');
    const waiting = untilHeard(feed, token, bounds);
    expect(await hasEnded(waiting)).toBe(false);
    redisAt(at(3, 'B'));
    move(at(4, 'B'));
    await expect(waiting).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(feed.asked).toBe(2);
  });

  it('takes what Redis has where the feed is not live, if its caller reads from there', async () => {
    const { feed, move, redisAt } = feedAt(undefined, false);
    redisAt(at(4));
    const waiting = untilHeard(feed, token, { ...bounds, orInRedis: true });
    expect(await hasEnded(waiting)).toBe(false);
    redisAt(at(5));
    move(at(1));
    await waiting;
    await expect(untilHeard(feed, token, { ...bounds, timeoutMs: 5 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('ends with its time, its signal and the client, and lets go of the feed', async () => {
    const { feed, taps } = feedAt(at(3));
    const late = untilHeard(feed, token, { ...bounds, timeoutMs: 5 });
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' });
    const reason = new Error('changed my mind');
    const abort = new AbortController();
    const aborted = untilHeard(feed, token, { ...bounds, signal: abort.signal });
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(untilHeard(feed, token, { ...bounds, signal: abort.signal })).rejects.toBe(reason);
    const onClosed = (closed: () => void) => {
      closed();
      return () => undefined;
    };
    await expect(untilHeard(feed, token, { ...bounds, onClosed })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(taps.size).toBe(0);
  });

  it('is none for the beginning of a feed', async () => {
    await untilHeard(feedAt(undefined, false).feed, { epoch: '', seq: 0, tag: '' }, bounds);
  });
});
