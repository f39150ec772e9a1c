/**
 * The text that replaces every text, number, boolean and null of a secret in histories, diffs, lists and explanations. Written back with
 * `set` or `patch`, it stands for the value that is set at the same path.
 */
export const MASK = '******';

/** A value of a secret as it may be shown: the names of its properties and the lengths of its lists are not masked. */
export function maskValue(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.map(maskValue);
  if (typeof value !== 'object' || value === null || !isPlain(value)) return MASK;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item)]));
}

/** Not a date, a set or an instance of a class, as the output of a schema may hold. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
