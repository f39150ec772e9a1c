import { sorted } from '../write/to-source.ts';

/** Whether two JSON texts are one value: the order of names does not count. */
export function isSameJson(a: string, b: string): boolean {
  return a === b || ordered(a) === ordered(b);
}

function ordered(json: string): string {
  return JSON.stringify(sorted(JSON.parse(json)));
}
