import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { toJsonText } from './json-text.ts';

describe('toJsonText', () => {
  it.each<[value: unknown, text: string]>([
    [null, 'null'],
    [0, '0'],
    ['é"', '"é\\""'],
    [[1, [true]], '[1,[true]]'],
    [{ a: undefined, b: { c: null } }, '{"b":{"c":null}}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [{ constructor: 1, toString: 2 }, '{"constructor":1,"toString":2}'],
  ])('gives %j', (value, text) => {
    expect(toJsonText(value)).toBe(text);
  });

  it.each<[value: unknown, where: string]>([
    [undefined, 'The value'],
    [() => 1, 'The value'],
    [Symbol('a'), 'The value'],
    [1n, 'The value'],
    [{ a: Number.NaN }, '"a"'],
    [{ a: [0, Number.NEGATIVE_INFINITY] }, '"a[1]"'],
    [{ a: { b: new Date(0) } }, '"a.b"'],
    [{ a: new Map() }, '"a"'],
    [{ a: new (class Point {})() }, '"a"'],
    [{ a: { toJSON: () => 1 } }, '"a"'],
    [Object.assign([1], { length: 2 }), '"[1]"'],
    [[undefined], '"[0]"'],
    [{ a: '\ud800' }, '"a"'],
    [JSON.parse('{"__proto__": 1}'), '"__proto__"'],
  ])('refuses %o', (value, where) => {
    const error = caught(() => toJsonText(value));
    expect(error).toMatchObject({ code: 'NOT_JSON' });
    expect((error as Error).message.startsWith(where)).toBe(true);
  });

  it('refuses cycles, and what is nested beyond 64 levels', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(caught(() => toJsonText(cycle))).toMatchObject({ code: 'NOT_JSON' });
    const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
    expect(toJsonText(nested(64))).toHaveLength(128);
    expect(caught(() => toJsonText(nested(65)))).toMatchObject({ code: 'NOT_JSON' });
  });

  it('never quotes the value', () => {
    const error = caught(() => toJsonText({ key: ['hunter2', () => 'hunter2'] }));
    expect((error as Error).message).not.toContain('hunter2');
  });
});
