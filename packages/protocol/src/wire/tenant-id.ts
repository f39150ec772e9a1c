import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';

const MAX_CHARACTERS = 128;
// Control characters, line separators and half surrogate pairs have no business in an id that ends up in logs and names.
const NOT_PRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * A tenant's id as text: 1 to 128 printable characters (code points), without blanks at either end. Whole numbers are
 * taken as their decimal text. Anything else is an `INVALID_TENANT` error. The id stays opaque: `a:b`, `{x}` and `..` are fine.
 */
export function tenantId(value: unknown): string {
  // Above 2^53 two ids would round to one number: such a tenant must come as text or bigint.
  const id = typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : value;
  if (typeof id === 'string' && id.trim() === id && !NOT_PRINTABLE.test(id)) {
    const characters = id.length <= MAX_CHARACTERS ? id.length : [...id].length;
    if (characters >= 1 && characters <= MAX_CHARACTERS) return id;
  }
  throw new TenantryError(
    'INVALID_TENANT',
    `A tenant id must be 1 to ${MAX_CHARACTERS} printable characters without blanks at its ends, got ${describeArrived(value)}.`,
  );
}

/** The tenant of definitions that name no tenant property. No tenant id can spell it once escaped. */
export const GLOBAL_TENANT: unique symbol = Symbol('tenantry.global');

/** A tenant's id, or the one global tenant. */
export type Tenant = string | typeof GLOBAL_TENANT;
