import { parseJson } from '../json/raw-numbers.ts';

/**
 * An answer as programs read it: where the API has JSON as a text, its value stands: `json` is `value`, and `effectiveJson` is `effective`. Numbers
 * keep their digits.
 */
export function shown(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(shown);
  // A number that is kept as its text has no prototype: it stays what it is.
  if (typeof answer !== 'object' || answer === null || Object.getPrototypeOf(answer) !== Object.prototype)
    return answer;
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => shownEntry(name, value)));
}

function shownEntry(name: string, value: unknown): [name: string, value: unknown] {
  if (typeof value !== 'string' || !/^json$|Json$/.test(name)) return [name, shown(value)];
  return [name === 'json' ? 'value' : name.slice(0, -'Json'.length), parseJson(value)];
}
