import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configPut, configRetired, configUnset, feature, limits } from '../published-configs.fixture.ts';
import { planById, planBySlug, planDelete, planPut } from '../world.fixture.ts';
import { MemoryLab } from './memory-lab.fixture.ts';
import { watchMany } from './watch-many.ts';

let lab: MemoryLab;
beforeEach(() => {
  lab = new MemoryLab();
});
afterEach(() => void vi.useRealTimers());

const owner = (id: number) => planPut({ id, version: 1 }).owner;
const seats = (values: readonly unknown[]) => values.map(value => (value as { seats: number } | undefined)?.seats);

function watchPlans(...ids: number[]) {
  const seen: (readonly unknown[])[] = [];
  const places = ids.map(id => lab.watchable(planById(id)));
  const watching = watchMany(places, lab.now).subscribe(values => seen.push(seats(values)));
  return { seen, watching };
}

describe('many values', () => {
  it('are silent until all of them are known, and then one emission', () => {
    lab.apply([planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 })]);
    const { seen } = watchPlans(1, 2, 3);
    expect(seen).toEqual([]);
    lab.read();
    expect(seen).toEqual([[1, 2, undefined]]);
  });

  it('are one emission for each transaction, however many of them it changes', () => {
    const { seen } = watchPlans(1, 2);
    lab.read();
    lab.apply([planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 1 })]);
    lab.apply([planPut({ id: 2, version: 3, seats: 2 })]);
    lab.apply([planPut({ id: 3, version: 4, seats: 9 })]);
    lab.apply([planDelete(1, 5), planPut({ id: 2, version: 6, seats: 3 })]);
    expect(seen).toEqual([
      [undefined, undefined],
      [1, 1],
      [1, 2],
      [undefined, 3],
    ]);
  });

  it('are one emission for a record that moves from one of them to another', () => {
    const seen: unknown[] = [];
    const places = ['gold', 'silver'].map(slug => lab.watchable(planBySlug(slug)));
    watchMany(places, lab.now).subscribe(values => seen.push(seats(values)));
    lab.read();
    lab.apply([planPut({ id: 1, version: 1, slug: 'gold', seats: 1 })]);
    lab.apply([planPut({ id: 1, version: 2, slug: 'silver', seats: 2 })]);
    expect(seen).toEqual([
      [undefined, undefined],
      [1, undefined],
      [undefined, 2],
    ]);
  });

  it.each([
    ['new', 0],
    ['there before', 1],
  ])(
    'wait for a value that was too large to push: the other half of its transaction is not shown alone; %s',
    (_, before) => {
      const { seen } = watchPlans(1, 2);
      lab.read();
      const both = (version: number, seats: number) => [1, 2].map(id => planPut({ id, version: version + id, seats }));
      if (before) lab.apply(both(0, 1));
      const shown = seen.length;
      lab.apply(both(2, 2), { tooLarge: [owner(2)] });
      expect(seen).toHaveLength(shown);
      // Another transaction overtakes the read.
      lab.apply([planPut({ id: 1, version: 5, seats: 3 })]);
      expect(seen).toHaveLength(shown);
      lab.read();
      expect(seen.slice(shown)).toEqual([[3, 2]]);
    },
  );

  it('stay as they are while the feed is not live, and are whole when it is again', () => {
    const { seen } = watchPlans(1, 2);
    lab.read();
    lab.apply([planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 1 })]);
    lab.setLive(false);
    // Missed: both. Heard, before the comparison: the next change of one of them.
    lab.apply([planPut({ id: 1, version: 3, seats: 2 }), planPut({ id: 2, version: 4, seats: 2 })], { isHeard: false });
    lab.apply([planPut({ id: 1, version: 5, seats: 3 })]);
    expect(seen.at(-1)).toEqual([1, 1]);
    lab.resync();
    expect(seen).toEqual([
      [undefined, undefined],
      [1, 1],
      [3, 2],
    ]);
  });

  it.each(['while they are watched', 'before'])('are silent where the feed broke off between two states: %s', when => {
    const { seen } = watchPlans(1, 2);
    // Heard before they were read. Then one is new, and the value of the other one is not in the message.
    lab.apply([planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 1 })]);
    lab.apply([planPut({ id: 1, version: 3, seats: 2 }), planPut({ id: 2, version: 4, seats: 2 })], {
      tooLarge: [owner(2)],
    });
    lab.setLive(false);
    const its = when === 'before' ? watchPlans(1, 2).seen : seen;
    expect(its).toEqual([]);
    lab.resync();
    expect(its).toEqual([[2, 2]]);
  });

  it('are what one read brought, where there is no live feed at the start', () => {
    lab.setLive(false);
    lab.apply([planPut({ id: 1, version: 1, seats: 1 })], { isHeard: false });
    const { seen } = watchPlans(1, 2);
    lab.read();
    expect(seen).toEqual([[1, undefined]]);
  });

  it('are never silenced by one that cannot be decoded', () => {
    lab.apply([
      planPut({ id: 1, version: 1, payload: Buffer.from([0xc1, 0xff]) }),
      planPut({ id: 2, version: 2, seats: 2 }),
    ]);
    const { seen } = watchPlans(1, 2);
    lab.read();
    expect(seen).toEqual([[undefined, 2]]);
    lab.apply([planPut({ id: 1, version: 3, seats: 1 })]);
    lab.read();
    expect(seen.at(-1)).toEqual([1, 2]);
    lab.apply([
      planPut({ id: 1, version: 4, payload: Buffer.from([0xc1, 0xff]) }),
      planPut({ id: 2, version: 5, seats: 3 }),
    ]);
    expect(seen.at(-1)).toEqual([1, 3]);
  });

  it('have the defaults where nothing is set, and where nobody can tell', () => {
    const seen: unknown[] = [];
    watchMany([lab.watchable(feature)], lab.now).subscribe(values => seen.push(values));
    lab.failReads();
    expect(seen).toEqual([[{ on: false }]]);
    lab.apply([configPut(feature, 1, { on: true })]);
    lab.read();
    expect(seen.at(-1)).toEqual([{ on: true }]);
    lab.apply([configUnset(feature, 2)]);
    expect(seen.at(-1)).toEqual([{ on: false }]);
  });

  it('change when one of them ends by itself', () => {
    vi.useFakeTimers();
    lab.apply([configPut(limits, 1, { most: 5 }, { expiresAt: lab.time + 1_000 })]);
    const seen: unknown[] = [];
    const watching = watchMany([lab.watchable(limits), lab.watchable(feature)], lab.now).subscribe(values =>
      seen.push(values),
    );
    lab.read();
    lab.setLive(false);
    lab.time += 1_000;
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual([
      [{ most: 5 }, { on: false }],
      [undefined, { on: false }],
    ]);
    watching.unsubscribe();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('complete when every config among them is deregistered, not before', () => {
    const ended: string[] = [];
    lab.apply([configPut(limits, 1, { most: 5 }), configPut(feature, 1, { on: true })]);
    watchMany([lab.watchable(limits), lab.watchable(feature)], lab.now).subscribe({
      complete: () => ended.push('complete'),
    });
    lab.read();
    lab.apply([configRetired(limits, 2)]);
    expect(ended).toEqual([]);
    lab.apply([configRetired(feature, 2)]);
    expect(ended).toEqual(['complete']);
  });

  it('leave nothing behind', () => {
    const { watching } = watchPlans(1, 2, 3);
    watching.unsubscribe();
    expect(lab.memory.watched.size).toBe(0);
    expect(lab.memory.pinned).toBe(0);
  });

  it('of nothing are nothing, once', () => {
    expect(watchPlans().seen).toEqual([[]]);
  });
});
