import { expect, it } from 'vitest';
import { tooLarge } from './too-large.ts';

const limits = { bodyBytes: 12, bulkBytes: 24, bulkChanges: 10 };

it.each([
  ['configs.set', 'x'.repeat(12), undefined],
  ['configs.set', 'x'.repeat(13), '13'],
  // Bytes, and not characters.
  ['configs.set', 'ü'.repeat(6), undefined],
  ['configs.set', 'ü'.repeat(7), '14'],
  ['configs.bulk', 'x'.repeat(24), undefined],
  ['configs.bulk', 'x'.repeat(25), '25'],
  ['configs.preview', '€'.repeat(9), '27'],
] as const)('a body of %s, %j, is told by its bytes: %s', (id, body, bytes) => {
  const said = tooLarge(id, body, limits);
  if (bytes === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(`as ${bytes} bytes, and the server takes ${id === 'configs.set' ? 12 : 24}.`);
  expect(tooLarge(id, body, undefined)).toBeUndefined();
});
