import { expect, it } from 'vitest';
import { parseYaml } from '../documents/parse-yaml.ts';
import { SourcePlaces } from './source-places.ts';

const LINES = 100;

it('a text is read once for all places that are asked for at once, and not at all for the place of a whole value', () => {
  const text = Array.from({ length: LINES }, (_, i) => `- a${i}`).join('\n');
  let reads = 0;
  const places = new SourcePlaces(text, () => {
    reads++;
    const [value] = parseYaml(text, { maxDepth: 10, maxAliased: 10 });
    return value ? [{ name: 'list', value }] : [];
  });
  const place = places.of('list', 0);
  expect([place(), reads]).toEqual([{ line: 1, column: 1 }, 0]);
  const found = Array.from({ length: LINES }, (_, i) => place(`/${i}`));
  expect(found).toEqual(Array.from({ length: LINES }, (_, i) => ({ line: i + 1, column: 3 })));
  expect(reads).toBe(1);
});

it('an offset has its line and column, also at the ends of lines and of the text', () => {
  const places = new SourcePlaces('ab\n\nc', () => []);
  expect([0, 2, 3, 4, 5].map(at => Object.values(places.at(at)))).toEqual([
    [1, 1],
    [1, 3],
    [2, 1],
    [3, 1],
    [3, 2],
  ]);
});
