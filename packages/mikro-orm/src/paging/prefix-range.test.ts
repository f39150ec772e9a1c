import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterPrefix } from './prefix-range.ts';

/** The order of utf8mb4_bin, and of SQLite. */
const isBefore = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

it('ends right after the last text with the prefix, wherever in Unicode that is', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u{10ffff}', '\ud7ff', '\ue000', 'a'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      fc.pre(prefix !== '');
      const after = afterPrefix(prefix);
      const isInRange = (each: string) => !isBefore(each, prefix) && (after === undefined || isBefore(each, after));
      expect(isInRange(other)).toBe(other.startsWith(prefix));
      expect(isInRange(prefix + other)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(afterPrefix('app/')).toBe('app0');
  expect(afterPrefix('\u{10ffff}')).toBeUndefined();
});
