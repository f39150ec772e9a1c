import { TenantryError } from '../errors/tenantry-error.ts';

/**
 * Merges plain objects in depth. Anything else in the patch replaces what it meets, `null` too, and `undefined` changes
 * nothing; so this is not the merge patch of RFC 7386. `INVALID_PATCH` if one of the two is not a plain object.
 */
export function deepMerge(name: string, present: unknown, patch: unknown): unknown {
  for (const [what, value] of [
    ['its present value', present],
    ['the patch', patch],
  ] as const)
    if (!isPlainObject(value))
      throw new TenantryError(
        'INVALID_PATCH',
        `"${name}": ${what} is not a plain object, so there is nothing to merge: nothing was written. Use \`set\`.`,
      );
  return merge(present as object, patch as object);
}

function merge(present: object, patch: object): object {
  const merged = new Map(Object.entries(present));
  for (const [key, value] of Object.entries(patch)) {
    const known = merged.get(key);
    if (value !== undefined)
      merged.set(key, isPlainObject(known) && isPlainObject(value) ? merge(known, value) : value);
  }
  return Object.fromEntries(merged);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
