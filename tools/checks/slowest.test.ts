import { expect, it } from 'vitest';
import { slowest } from './slowest.ts';

it('names the ten slowest files, the slowest first', () => {
  const files = Array.from({ length: 12 }, (_, i) => ({ name: `sdk/file${i}.int.test.ts`, ms: 1_000 * (i + 1) }));
  const line = slowest(files);
  expect(line).toMatch(/^slowest, in s: sdk\/file11 12\.0, sdk\/file10 11\.0, /);
  expect(line.match(/sdk/g)).toHaveLength(10);
});

it('has nothing to say about files that are all quick', () => {
  expect(slowest([{ name: 'redis/a.test.ts', ms: 200 }])).toBe('');
});
