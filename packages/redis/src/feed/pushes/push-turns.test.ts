import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PushTurns } from './push-turns.ts';

const KB = 1024;

/** The pushes that were handed on, by their first byte. */
function start(options?: ConstructorParameters<typeof PushTurns>[0]) {
  const turns = new PushTurns(options);
  const seen: number[] = [];
  const receiver = { receive: (bytes: Buffer) => void seen.push(bytes[0] as number) };
  const take = (count: number, size = KB) => {
    for (let i = 0; i < count; i++) turns.take(receiver, Buffer.alloc(size, i));
  };
  return { turns, seen, take };
}

/** How many are handed on in each turn until none is left. */
async function perTurn(seen: readonly unknown[], count: number): Promise<number[]> {
  const counts: number[] = [];
  for (let before = 0; seen.length < count; before = seen.length) {
    await nextTurn();
    counts.push(seen.length - before);
  }
  return counts;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('pushes', () => {
  it('are handed on at once where they come alone, turn after turn', async () => {
    const { take, seen } = start();
    for (let turn = 1; turn <= 3; turn++) {
      take(5);
      expect(seen).toHaveLength(5 * turn);
      await nextTurn();
    }
  });

  it('are handed on eight kilobytes in a turn where many come at once, in their order', async () => {
    const { take, seen } = start();
    take(100);
    expect(await perTurn(seen, 100)).toEqual([8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4]);
    expect(seen).toEqual(numbers(100));
  });

  it('that come while others wait, wait behind them', async () => {
    const { take, seen } = start();
    take(20);
    await nextTurn();
    take(1);
    expect(seen).toEqual(numbers(8));
    await perTurn(seen, 21);
    expect(seen).toEqual([...numbers(20), 0]);
  });

  it.each(['before', 'after'])(
    'come in no larger portions for one who looks in each turn %s they are handed on',
    async when => {
      const { take, seen } = start();
      const looks: number[] = [];
      const look = () => {
        looks.push(seen.length);
        if (seen.length < 60) setImmediate(look);
      };
      if (when === 'before') setImmediate(look);
      // As from a socket, which is read before the immediates of a turn.
      const sent = new Promise<void>(resolve =>
        setTimeout(() => {
          take(30);
          setTimeout(() => resolve(take(30)));
          if (when === 'after') setImmediate(look);
        }),
      );
      await sent;
      await perTurn(seen, 60);
      await nextTurn();
      for (const [i, now] of looks.entries()) expect(now - (looks[i - 1] ?? 0)).toBeLessThanOrEqual(8);
      expect(seen).toEqual([...numbers(30), ...numbers(30)]);
    },
  );

  it('are handed on whole, however large one is', async () => {
    const { take, seen } = start();
    take(3, 64 * KB);
    expect(await perTurn(seen, 3)).toEqual([1, 1, 1]);
  });

  it('do not wait past a bound: the socket waits instead', async () => {
    const { take, seen } = start({ waitingBytes: 32 * KB });
    take(100);
    expect(seen).toHaveLength(100 - 32);
    await perTurn(seen, 100);
    expect(seen).toEqual(numbers(100));
  });

  it('that were taken before have all been handed on when `handedOn` resolves, and those after it need not', async () => {
    const { turns, take, seen } = start();
    await turns.handedOn();
    take(40);
    const before = turns.handedOn().then(() => seen.length);
    take(40);
    expect(await before).toBeGreaterThanOrEqual(40);
    expect(await before).toBeLessThan(80);
    await perTurn(seen, 80);
  });

  it('are handed on at once by `drain`, and to nobody after `close`', async () => {
    const { turns, take, seen } = start();
    take(40);
    turns.drain();
    expect(seen).toEqual(numbers(40));
    take(40);
    turns.close();
    const { length } = seen;
    await nextTurn();
    await nextTurn();
    expect(seen).toHaveLength(length);
  });

  it('whose receiver ends all of it are the last', async () => {
    const turns = new PushTurns();
    let count = 0;
    const receiver = {
      receive() {
        count++;
        if (count === 12) turns.close();
      },
    };
    for (let i = 0; i < 100; i++) turns.take(receiver, Buffer.alloc(KB));
    await nextTurn();
    await nextTurn();
    await nextTurn();
    expect(count).toBe(12);
  });
});
