import { notJson } from './source-fault.ts';

/**
 * The number that a text says. What would come back from JSON with other digits is refused: whole numbers beyond 2^53, infinities, and more
 * digits than a double has. Beside zero it has fewer of them, and none at last.
 */
export function numberOf(text: string, offset: number): number {
  const number = Number(text);
  if (!Number.isFinite(number)) throw notJson('a number that is too large for JSON', offset);
  if (Number.isInteger(number) && !Number.isSafeInteger(number) && /^[-+]?\d+(\.0*)?$/.test(text))
    throw notJson('a whole number beyond 2^53: write it as a text', offset);
  if (digitsOf(text) !== digitsOf(String(number)))
    throw notJson('a number with more digits than a double has there: write it as a text', offset);
  return number;
}

/** The whole number that a parser read without rounding it. */
export function wholeNumberOf(whole: bigint, offset: number): number {
  const number = Number(whole);
  if (!Number.isSafeInteger(number)) throw notJson('a whole number beyond 2^53: write it as a text', offset);
  return number;
}

/** The digits that count: without sign, point, exponent, and zeros at either end. */
function digitsOf(text: string): string {
  return text
    .replace(/[eE].*$/, '')
    .replace(/[^\d]/g, '')
    .replace(/^0+|0+$/g, '');
}
