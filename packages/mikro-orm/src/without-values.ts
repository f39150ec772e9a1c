import { TenantryError } from '@tenantry/protocol';

/**
 * An error that can be stored and logged. Our own messages hold no values; a database driver's hold the SQL with
 * its values, on every property, so of those only the name and the code are kept.
 */
export function withoutValues(error: unknown, what: string): TenantryError {
  if (error instanceof TenantryError) return error;
  const { code, name } =
    error instanceof Error ? (error as Error & { code?: unknown }) : { code: undefined, name: typeof error };
  return new TenantryError(
    'UNAVAILABLE',
    `${what} failed with ${name}${code === undefined ? '' : ` (${String(code)})`}.`,
  );
}
