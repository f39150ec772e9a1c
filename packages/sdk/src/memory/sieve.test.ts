import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { type Evictable, Sieve } from './sieve.ts';

class Item implements Evictable {
  visited = false;
  newer: Evictable | undefined;
  older: Evictable | undefined;
  readonly name: string;
  readonly #onEvict: (item: Item) => void;
  constructor(name: string, onEvict: (item: Item) => void) {
    this.name = name;
    this.#onEvict = onEvict;
  }
  evict(): void {
    this.#onEvict(this);
  }
}

function sieveOf(capacity: number) {
  const sieve = new Sieve(capacity);
  const kept = new Map<string, Item>();
  const evicted: string[] = [];
  const drop = (item: Item) => {
    kept.delete(item.name);
    sieve.leave(item);
  };
  return {
    sieve,
    kept,
    evicted,
    drop,
    add(name: string) {
      const item = new Item(name, gone => {
        evicted.push(gone.name);
        drop(gone);
      });
      kept.set(name, item);
      sieve.enter();
      sieve.offer(item);
      return item;
    },
  };
}

describe('Sieve', () => {
  it('evicts the oldest that was not visited since the hand last came by', () => {
    const { add, evicted } = sieveOf(3);
    const [a, b] = [add('a'), add('b')];
    add('c');
    a.visited = true;
    add('d');
    expect(evicted).toEqual(['b']);
    expect(a.visited).toBe(false);
    add('e');
    expect(evicted).toEqual(['b', 'c']);
    b.visited = true;
    add('f');
    expect(evicted).toEqual(['b', 'c', 'd']);
  });

  it('leaves alone what is withdrawn, even above its capacity', () => {
    const { sieve, add, evicted } = sieveOf(2);
    const [a, b] = [add('a'), add('b')];
    sieve.withdraw(a);
    sieve.withdraw(b);
    sieve.enter();
    expect(sieve.count).toBe(3);
    expect(evicted).toEqual([]);
    sieve.offer(b);
    expect(evicted).toEqual(['b']);
    expect(sieve.count).toBe(2);
  });

  it('keeps its links whole through any sequence', () => {
    const random = seededRandom();
    const { sieve, add, kept, drop } = sieveOf(20);
    const withdrawn = new Set<Item>();
    for (let step = 0; step < 20_000; step++) {
      const item = kept.size > 0 ? random.pick([...kept.values()]) : undefined;
      const what = random.int(0, 4);
      if (!item || what === 0) add(`${step}`);
      else if (what === 1) item.visited = true;
      else if (what === 2) {
        withdrawn.delete(item);
        drop(item);
      } else if (what === 3 && withdrawn.size < 10) {
        sieve.withdraw(item);
        withdrawn.add(item);
      } else if (withdrawn.delete(item)) sieve.offer(item);
      expect(sieve.count, `seed ${random.seed}`).toBe(kept.size);
      expect(kept.size).toBeLessThanOrEqual(20);
    }
  });
});
