import { TenantryError } from '@tenantry/protocol';

/** The error where an identity provider could not be asked. */
export function unavailable(error: unknown): TenantryError {
  // Its message may have a token in it.
  const kind = error instanceof Error ? error.name : typeof error;
  return new TenantryError('UNAVAILABLE', `The identity provider could not be asked (${kind}). Try again later.`);
}
