import { beforeEach, describe, expect, it } from 'vitest';
import { configPut, configUnset, feature, limits } from '../published-configs.fixture.ts';
import { planById, planDelete, planPut } from '../world.fixture.ts';
import { LiveRef } from './live-ref.ts';
import { MemoryLab } from './memory-lab.fixture.ts';

let lab: MemoryLab;
beforeEach(() => {
  lab = new MemoryLab();
});

const broken = Buffer.from([0xc1, 0xff]);

function live(ref: typeof feature | typeof limits | ReturnType<typeof planById>) {
  const { now, closed$, report } = lab;
  const fallback = 'default' in ref ? ref.default : undefined;
  return new LiveRef({ place: lab.watchable(ref), fallback, now, closed$, report });
}

describe('a live ref', () => {
  it('has the default at first, then each value, and tells its handlers of both', () => {
    // K7
    const one = live(feature);
    const calls: unknown[] = [];
    one.onChange((now, before) => calls.push([now, before]));
    expect(one).toMatchObject({ value: { on: false }, error: undefined, reloadCount: 0 });
    lab.read();
    expect(one).toMatchObject({ value: { on: false }, reloadCount: 0 });
    lab.apply([configPut(feature, 1, { on: true })]);
    expect(one).toMatchObject({ value: { on: true }, error: undefined, reloadCount: 1 });
    expect(calls).toEqual([[{ on: true }, { on: false }]]);
  });

  it('has at once what memory has, and no handler is called for that', () => {
    lab.apply([planPut({ id: 1, version: 1, seats: 1 })]);
    live(planById(1));
    lab.read();
    const two = live(planById(1));
    expect(two).toMatchObject({ value: { seats: 1 }, reloadCount: 0 });
  });

  it('refuses a handler that is none', () => {
    expect(() => live(feature).onChange('reload' as never)).toThrow(
      '`handler` must be a function, got "reload" (string)',
    );
  });

  it('replaces nothing when the same value is published again', () => {
    const one = live(limits);
    lab.read();
    lab.apply([configPut(limits, 1, { most: 5 })]);
    const { value } = one;
    const calls: unknown[] = [];
    one.onChange(now => calls.push(now));
    for (let version = 2; version < 10; version++) lab.apply([configPut(limits, version, { most: 5 })]);
    expect(one).toMatchObject({ reloadCount: 1 });
    expect(one.value).toBe(value);
    expect(calls).toEqual([]);
  });

  it('keeps the last good value where a payload is refused, says so, and goes on', () => {
    // K8, K17
    const one = live(planById(1));
    lab.read();
    lab.apply([planPut({ id: 1, version: 1, seats: 1 })]);
    lab.apply([planPut({ id: 1, version: 2, payload: broken })]);
    expect(one).toMatchObject({ value: { seats: 1 }, error: { code: 'MALFORMED_ENVELOPE' }, reloadCount: 1 });
    lab.apply([planPut({ id: 1, version: 3, seats: 3 })]);
    expect(one).toMatchObject({ value: { seats: 3 }, error: undefined, reloadCount: 2 });
    const config = live(limits);
    lab.read();
    lab.apply([configPut(limits, 1, { most: 5 })]);
    lab.apply([configPut(limits, 2, { most: 'five' })]);
    expect(config).toMatchObject({ value: { most: 5 }, error: { code: 'INVALID_VALUE' } });
  });

  it('keeps the last good value where the record is deleted, and goes to the default where there is one', () => {
    // K8
    const one = live(planById(1));
    const two = live(feature);
    lab.read();
    expect(one).toMatchObject({ value: undefined, error: { code: 'NOT_FOUND' } });
    lab.apply([planPut({ id: 1, version: 1, seats: 1 }), configPut(feature, 1, { on: true })]);
    lab.apply([planDelete(1, 2), configUnset(feature, 2)]);
    expect(one).toMatchObject({ value: { seats: 1 }, error: { code: 'NOT_FOUND' }, reloadCount: 1 });
    expect(two).toMatchObject({ value: { on: false }, error: undefined, reloadCount: 2 });
  });

  it('says where it could not be read, until it is', () => {
    const one = live(limits);
    lab.failReads();
    expect(one).toMatchObject({ value: undefined, error: { code: 'UNAVAILABLE' } });
    lab.apply([configPut(limits, 1, { most: 5 })]);
    lab.read();
    expect(one).toMatchObject({ value: { most: 5 }, error: undefined });
  });

  it('calls every handler although one throws and one rejects, and reports both', async () => {
    const one = live(feature);
    lab.read();
    const calls: unknown[] = [];
    one.onChange(() => {
      throw new TypeError('a secret');
    });
    one.onChange(async () => {
      throw new RangeError('a secret');
    });
    one.onChange(now => calls.push(now));
    lab.apply([configPut(feature, 1, { on: true })]);
    expect(calls).toEqual([{ on: true }]);
    expect(one.value).toEqual({ on: true });
    await Promise.resolve();
    expect(lab.troubles).toMatchObject([{ code: 'HANDLER_FAILED' }, { code: 'HANDLER_FAILED' }]);
    expect(String(lab.troubles)).not.toContain('secret');
  });

  it('calls a handler no more that was taken away, also from within, nor any after close', () => {
    const one = live(feature);
    lab.read();
    const calls: string[] = [];
    const leave = one.onChange(() => {
      calls.push('leaves');
      leave();
    });
    one.onChange(() => calls.push('stays'));
    lab.apply([configPut(feature, 1, { on: true })]);
    lab.apply([configPut(feature, 2, { on: false })]);
    expect(calls).toEqual(['leaves', 'stays', 'stays']);
    one.close();
    one.close();
    lab.apply([configPut(feature, 3, { on: true })]);
    expect(calls).toHaveLength(3);
    expect(one.value).toEqual({ on: false });
    expect(lab.memory.pinned).toBe(0);
  });

  it('ends with its client, before and after', () => {
    const one = live(feature);
    lab.closed$.next();
    const two = live(feature);
    expect(lab.memory.pinned).toBe(0);
    expect([one.value, two.value]).toEqual([{ on: false }, { on: false }]);
  });

  it('is never without a value and never torn, for whoever reads it while it changes', () => {
    // K9
    const one = live(limits);
    lab.read();
    lab.apply([configPut(limits, 1, { most: 0 })]);
    const read: unknown[] = [];
    one.onChange(() => {
      for (let reader = 0; reader < 50; reader++) for (let i = 0; i < 100; i++) read.push(one.value);
    });
    for (let n = 1; n <= 10; n++) lab.apply([configPut(limits, n + 1, { most: n })]);
    expect(read).toHaveLength(50_000);
    expect(new Set(read).size).toBe(10);
    expect(Object.isFrozen(one.value)).toBe(true);
  });
});
