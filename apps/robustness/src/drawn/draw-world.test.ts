import { expect, it } from 'vitest';
import type { Capture } from './draw-world.ts';
import { describeWorld, drawWorld, SHAPES, UNKNOWN_TO_TRIGGERS } from './draw-world.ts';

const captureOf = (seed: number): Capture => (seed % 2 === 0 ? 'hooks' : 'trigger');

it('is the same world for the same seed', () => {
  for (const seed of [0, 1, 7, 999_999])
    expect(drawWorld(seed, captureOf(seed))).toEqual(drawWorld(seed, captureOf(seed)));
});

it.each([0, 1, 13, 740_725])('draws everything at least once within 20 seeds from %i on', from => {
  const worlds = Array.from({ length: 20 }, (_, i) => drawWorld(from + i, captureOf(from + i)));
  expect(new Set(worlds.flatMap(({ shapes }) => shapes))).toEqual(new Set(SHAPES));
  expect(new Set(worlds.map(({ library }) => library)).size).toBe(3);
  expect(new Set(worlds.map(({ timezone }) => timezone)).size).toBe(3);
  for (const part of ['orm', 'redis', 'tenantry'] as const)
    for (const option of Object.keys(worlds[0]?.[part] ?? {}))
      expect(new Set(worlds.map(world => world[part][option as never])), option).toEqual(new Set([true, false]));
});

it('has two shapes, and none that the capture refuses', () => {
  for (let seed = 0; seed < 100; seed++) {
    const { shapes } = drawWorld(seed, 'trigger');
    expect(new Set(shapes).size).toBe(2);
    expect(shapes.filter(shape => UNKNOWN_TO_TRIGGERS.includes(shape))).toEqual([]);
  }
});

it('maps replies of RESP 3 only', () => {
  for (let seed = 0; seed < 32; seed++) {
    const { resp2, replyMapping } = drawWorld(seed, captureOf(seed)).redis;
    expect(resp2 && replyMapping).toBe(false);
  }
});

it('is told in one line', () => {
  expect(describeWorld(drawWorld(0, 'hooks'))).toBe('uuid, composite, zod, utc');
});
