import { isObject } from './is-object.ts';

/** The value with a patch merged in, as the server merges: an object goes deeper, and anything else replaces: null, lists and numbers that are kept as their text, too. */
export function deepMerge(value: unknown, patch: unknown): unknown {
  if (!isObject(patch) || !isObject(value)) return patch;
  // A map, and no object: `__proto__` is a name like any other.
  const merged = new Map(Object.entries(value));
  for (const [name, each] of Object.entries(patch))
    merged.set(name, merged.has(name) ? deepMerge(merged.get(name), each) : each);
  return Object.fromEntries(merged);
}
