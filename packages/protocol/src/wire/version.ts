import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';

/**
 * The one place that decides order. A version is a positive whole number below 2^53, assigned by the database;
 * `undefined` is the version of something never seen. Equal is not newer: a replay changes nothing.
 * The Lua script and the SQL guard are tested against the same vectors.
 */
export function isNewer(candidate: number, known: number | undefined): boolean {
  return known === undefined || candidate > known;
}

/** Takes what a driver gives for a 64-bit id. Above 2^53 Lua's and JavaScript's numbers stop being exact: refused. */
export function parseVersion(value: unknown): number {
  const decimal = typeof value === 'bigint' || (typeof value === 'string' && /^\d+$/.test(value));
  const version = decimal ? Number(value) : value;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > 0) return version;
  throw new TenantryError(
    'INVALID_VERSION',
    `A version must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, got ${describeArrived(value)}.`,
  );
}
