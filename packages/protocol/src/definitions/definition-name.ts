import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const MAX_LENGTH = 128;

/** Checks the name of a definition or a sync key: letters, digits, `. _ -`, in parts separated by single slashes. */
export function checkDefinitionName(what: string, name: unknown, maxLength = MAX_LENGTH): void {
  if (typeof name === 'string' && name.length <= maxLength && NAME.test(name)) return;
  throw new TenantryError(
    'INVALID_DEFINITION',
    `${what} must be 1 to ${maxLength} characters of A–Z a–z 0–9 . _ - in parts separated by "/", each part ` +
      `beginning with a letter or digit, got ${describeArrived(name)}.`,
  );
}
