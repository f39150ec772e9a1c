import { parseJson } from './raw-numbers.ts';

/** Whether two JSON texts say the same, whatever the order of names and the blanks. Numbers are compared by what they are. */
export function isSameJson(one: string, other: string): boolean {
  return one === other || sorted(parseJson(one)) === sorted(parseJson(other));
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && Object.getPrototypeOf(each) === Object.prototype
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
