import { parseJson, toJson } from '../json/raw-numbers.ts';

/**
 * The value of a text in a system that has only texts: `true`, `false`, a number that JSON writes in the same way, and a list or an object in JSON. Everything
 * else is the text itself: `007`, `1.10`, `null` and 9007199254740993 too, of which a number would lose something.
 */
export function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d/.test(text)) return isExact(text) ? Number(text) : text;
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function isExact(text: string): boolean {
  const number = Number(text);
  if (!Number.isFinite(number) || toJson(number) !== text) return false;
  return !Number.isInteger(number) || Number.isSafeInteger(number);
}
