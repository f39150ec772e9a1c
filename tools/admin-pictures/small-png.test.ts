import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { decode, smallPng } from './small-png.ts';

/** A PNG of one filter for each row, as an encoder may choose it. */
function pngOf(rows: readonly (readonly number[])[], width: number, channels: 3 | 4): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, channels === 4 ? 6 : 2], 8);
  const part = (type: string, data: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
  };
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    part('IHDR', header),
    part('IDAT', deflateSync(Buffer.from(rows.flat()))),
  ]);
}

// Two pixels a row: each filter says the same row of (10, 20, 30), (40, 50, 60).
const SAME = [
  [0, 10, 20, 30, 40, 50, 60],
  [1, 10, 20, 30, 30, 30, 30],
  [2, 0, 0, 0, 0, 0, 0],
  [3, 5, 10, 15, 15, 15, 15],
  [4, 0, 0, 0, 0, 0, 0],
];

it('reads each way to write a row', () => {
  const { width, height, rgb } = decode(pngOf(SAME, 2, 3));
  expect([width, height]).toEqual([2, 5]);
  expect([...rgb]).toEqual(Array.from({ length: 5 }, () => [10, 20, 30, 40, 50, 60]).flat());
});

it('keeps each colour where there are no more than a palette has room for, and leaves transparency out', () => {
  const rows = Array.from({ length: 16 }, (_, y) => [
    0,
    ...Array.from({ length: 16 }, (_, x) => [x * 16, y * 16, 7, 255]).flat(),
  ]);
  const png = pngOf(rows, 16, 4);
  expect([...decode(smallPng(png)).rgb]).toEqual([...decode(png).rgb]);
});

it('takes the nearest colour for those beyond', () => {
  const rows = Array.from({ length: 20 }, (_, y) => [
    0,
    ...Array.from({ length: 20 }, (_, x) => [x * 12, y * 12, 0]).flat(),
  ]);
  const png = pngOf(rows, 20, 3);
  const before = decode(png).rgb;
  const after = decode(smallPng(png)).rgb;
  expect(after.length).toBe(before.length);
  // One step of the scale at most.
  for (const [i, value] of after.entries()) expect(Math.abs(value - (before[i] ?? 0))).toBeLessThanOrEqual(12);
});
