/** The value with a patch merged in, as the server merges: an object goes deeper, and anything else replaces, null and lists too. */
export function deepMerge(value: unknown, patch: unknown): unknown {
  if (!isObject(patch) || !isObject(value)) return patch;
  const merged: Record<string, unknown> = { ...value };
  for (const [name, each] of Object.entries(patch))
    merged[name] = Object.hasOwn(merged, name) ? deepMerge(merged[name], each) : each;
  return merged;
}

// A number that is kept as its text is an object without a prototype: it replaces.
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
