import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { decodeRecordId, encodeKeyValue, encodeRecordId } from './key-value.ts';

describe('encodeKeyValue', () => {
  it('has one text for 7, 7n and "7"', () => {
    expect([encodeKeyValue(7), encodeKeyValue(7n), encodeKeyValue('7')]).toEqual(['7', '7', '7']);
  });

  it.each([
    ['', ''],
    ['gold', 'gold'],
    ['a:b/{c}', 'a%3Ab%2F%7Bc%7D'],
    [0, '0'],
    [-0, '0'],
    [-7, '-7'],
    [1.5, '1.5'],
    [1e-7, '1e-7'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [2n ** 64n, '18446744073709551616'],
    [-1n, '-1'],
    [true, 'true'],
    [false, 'false'],
    [new Date('2024-02-29T12:34:56.789Z'), '2024-02-29T12%3A34%3A56.789Z'],
    [new Date(8.64e15), '%2B275760-09-13T00%3A00%3A00.000Z'],
    [new Uint8Array([0, 1, 0xab, 0xff]), '0001abff'],
    [Buffer.from('0001abff', 'hex'), '0001abff'],
    [new Uint8Array(), ''],
  ])('writes %o as %j', (value, text) => {
    expect(encodeKeyValue(value)).toBe(text);
  });

  it('encodes the view, not the memory behind it', () => {
    expect(encodeKeyValue(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe('0203');
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a number that stands for several rows', 2 ** 53],
    ['null', null],
    ['undefined', undefined],
    ['an invalid date', new Date(Number.NaN)],
    ['an object', { toString: () => '7' }],
    ['a list', ['7']],
    ['a symbol', Symbol('7')],
    ['a function', () => 7],
    ['half a surrogate pair', '\udc00'],
  ])('refuses %s', (_, value) => {
    expect(caught(() => encodeKeyValue(value)).code).toBe('INVALID_KEY');
  });

  it('shows what arrived and what to do', () => {
    expect(caught(() => encodeKeyValue(Number.NaN)).message).toMatch('got NaN (number)');
    expect(caught(() => encodeKeyValue(2 ** 53)).message).toMatch('use a bigint');
  });
});

describe('encodeRecordId', () => {
  it('joins the parts of a composite key so that no two keys become one', () => {
    expect(encodeRecordId([7, 'a'])).toBe('7,a');
    expect(encodeRecordId(['7,a'])).toBe('7%2Ca');
    expect(encodeRecordId(['', ''])).toBe(',');
    expect(encodeRecordId(['a,', 'b'])).not.toBe(encodeRecordId(['a', ',b']));
  });

  it('refuses a primary key that is not known yet', () => {
    expect(caught(() => encodeRecordId([7, undefined])).code).toBe('INVALID_KEY');
  });
});

describe('decodeRecordId', () => {
  it.each([[['7']], [['7', 'a']], [['']], [['', '']], [['a,b', '%2C', 'é:{x}']]])('brings the parts %j back', parts => {
    expect(decodeRecordId(encodeRecordId(parts))).toEqual(parts);
  });
});
