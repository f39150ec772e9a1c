import { describe, expect, it } from 'vitest';
import { type EndTurn, RefreshTurns } from './refresh-turns.ts';

/** Takes turns under names, and tells the order in which they began. */
function turnsOf(most: number) {
  const turns = new RefreshTurns(most);
  const began: string[] = [];
  const ends = new Map<string, EndTurn>();
  const keys = new Map<string, object>();
  const settled = () => new Promise(resolve => setImmediate(resolve));
  return {
    turns,
    began,
    async take(name: string, heat: number) {
      keys.set(name, {});
      void Promise.resolve(turns.take(keys.get(name) as object, heat)).then(end => {
        began.push(name);
        ends.set(name, end);
      });
      await settled();
    },
    async end(name: string) {
      ends.get(name)?.();
      await settled();
    },
    async hurry(name: string) {
      turns.hurry(keys.get(name) as object);
      await settled();
    },
  };
}

describe('turns', () => {
  it('are taken at once up to the most, then one for one that ends, the hottest first', async () => {
    const { turns, began, take, end } = turnsOf(2);
    for (const [name, heat] of Object.entries({ a: 0, b: 0, cold: 1, hot: 500, warm: 30 })) await take(name, heat);
    expect(began).toEqual(['a', 'b']);
    expect(turns.waiting).toBe(3);
    await end('a');
    await end('a');
    expect(began).toEqual(['a', 'b', 'hot']);
    await end('hot');
    await end('b');
    expect(began).toEqual(['a', 'b', 'hot', 'warm', 'cold']);
    expect(turns.waiting).toBe(0);
  });

  it('come after a while in any case, where that is asked for', async () => {
    const turns = new RefreshTurns(1);
    void turns.take({}, 0);
    const end = await turns.take({}, 0, 5);
    expect(turns.waiting).toBe(0);
    end();
  });

  it('of the same heat are taken in the order in which they were asked for', async () => {
    const { began, take, end } = turnsOf(1);
    for (const name of ['a', 'b', 'c']) await take(name, 4);
    await end('a');
    await end('b');
    expect(began).toEqual(['a', 'b', 'c']);
  });

  it('are not waited for by whom a caller waits for; the next one goes when there is room again', async () => {
    const { began, take, end, hurry } = turnsOf(1);
    for (const name of ['a', 'b', 'c']) await take(name, 0);
    await hurry('c');
    await hurry('c');
    expect(began).toEqual(['a', 'c']);
    await end('a');
    expect(began).toEqual(['a', 'c']);
    await end('c');
    expect(began).toEqual(['a', 'c', 'b']);
  });
});
