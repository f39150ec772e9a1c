import { TenantryError } from './errors/tenantry-error.ts';

/** The Tenantry error that `act` throws; anything else fails the test. */
export function caught(act: () => unknown): TenantryError {
  let result: unknown;
  try {
    result = act();
  } catch (error) {
    if (error instanceof TenantryError) return error;
    throw new Error('Not a TenantryError', { cause: error });
  }
  throw new Error(`Nothing was thrown, it returned ${String(result)}`);
}
