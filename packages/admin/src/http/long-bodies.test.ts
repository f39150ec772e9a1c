import { afterEach, describe, expect, it, vi } from 'vitest';
import { LongBodies, type LongBodyTurn } from './long-bodies.ts';
import { readJsonBody } from './read-body.ts';

/** The length of the text in a body of this length, or why it was refused. Nothing says how long it is: its bytes do. */
function read(turn: LongBodyTurn, length: number) {
  return readStream(turn, new Blob([JSON.stringify('x'.repeat(length - 2))]).stream());
}

async function readStream(turn: LongBodyTurn, body: ReadableStream, headers = {}, bodyTimeoutMs = 60_000) {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers }, duplex: 'half' };
  const limits = { maxBodyBytes: 100, bodyTimeoutMs };
  return readJsonBody(new Request('http://x/', init as RequestInit), limits, turn).then(
    text => (text as string).length,
    error => error.code,
  );
}

describe('a body of several changes', () => {
  it('may be longer than others, up to a limit of its own', async () => {
    using turn = new LongBodies(1_000).turn();
    expect(await read(turn, 1_001)).toBe('PAYLOAD_TOO_LARGE');
    turn[Symbol.dispose]();
    expect(await read(turn, 1_000)).toBe(998);
  });

  it('waits where another one is long, in the order in which they came; those that are not long do not', async () => {
    const long = new LongBodies(1_000);
    const order: string[] = [];
    using first = long.turn();
    expect(await read(first, 500)).toBe(498);
    const others = ['second', 'third'].map(async name => {
      using turn = long.turn();
      expect(await read(turn, 500)).toBe(498);
      order.push(name);
    });
    using short = long.turn();
    expect(await read(short, 100)).toBe(98);
    order.push('short');
    first[Symbol.dispose]();
    await Promise.all(others);
    expect(order).toEqual(['short', 'second', 'third']);
  });

  it('is refused where its turn does not come: nothing of it was read, and no turn is kept for it', async () => {
    const long = new LongBodies(1_000);
    using first = long.turn();
    expect(await read(first, 500)).toBe(498);
    let pulled = 0;
    const endless = new ReadableStream(
      { pull: controller => void controller.enqueue(new Uint8Array(10).fill(++pulled)) },
      { highWaterMark: 0 },
    );
    using late = long.turn();
    expect(await readStream(late, endless, { 'content-length': '101' }, 5)).toBe('UNAVAILABLE');
    expect(pulled).toBe(0);
    first[Symbol.dispose]();
    using next = long.turn();
    expect(await read(next, 500)).toBe(498);
  });

  it('whose caller leaves while it waits gives its turn to the next one', async () => {
    const long = new LongBodies(1_000);
    using first = long.turn();
    expect(await read(first, 500)).toBe(498);
    const leaves = Promise.withResolvers<void>();
    const body = new ReadableStream({ start: controller => leaves.promise.then(() => controller.error(new Error())) });
    const gone = (async () => {
      using turn = long.turn();
      return await readStream(turn, body, { 'content-length': '101' });
    })();
    using next = long.turn();
    const after = read(next, 500);
    leaves.resolve();
    first[Symbol.dispose]();
    expect([await gone, await after]).toEqual(['BODY_CUT_OFF', 498]);
  });
});

describe('how long a body of several changes may take', () => {
  const LONGEST = 10_000;
  afterEach(() => void vi.useRealTimers());

  /** A body that is sent piece by piece, and how it was taken. */
  function begin(turn: LongBodyTurn) {
    const { readable, writable } = new TransformStream();
    const sender = writable.getWriter();
    const taken = readStream(turn, readable, {}, LONGEST);
    return {
      taken,
      async sends(text: string, end = false) {
        sender.write(new TextEncoder().encode(text)).catch(() => undefined);
        if (end) sender.close().catch(() => undefined);
        // Until it was read: what a stream hands on takes some turns, and no time.
        await vi.advanceTimersByTimeAsync(0);
      },
    };
  }

  it('is as long again until it is known to be long, for its turn, and for the rest, and no longer for any of them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const long = new LongBodies(1_000);
    const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);
    const almost = LONGEST - 1;
    using first = long.turn();
    expect(await read(first, 500)).toBe(498);

    using second = long.turn();
    const whole = begin(second);
    await wait(almost);
    await whole.sends(`"${'x'.repeat(200)}`);
    await wait(almost);
    first[Symbol.dispose]();
    await wait(almost);
    await whole.sends('"', true);
    expect(await whole.taken).toBe(200);
    second[Symbol.dispose]();

    using third = long.turn();
    const neverLong = begin(third);
    await neverLong.sends('"x');
    await wait(LONGEST);
    expect(await neverLong.taken).toBe('BODY_TIMEOUT');

    using fourth = long.turn();
    const neverWhole = begin(fourth);
    await neverWhole.sends(`"${'x'.repeat(200)}`);
    await wait(almost);
    await neverWhole.sends('x');
    await wait(1);
    expect(await neverWhole.taken).toBe('BODY_TIMEOUT');
  });
});
