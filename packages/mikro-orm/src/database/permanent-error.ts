import { ConstraintViolationException, DriverException } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { DATA_ERRORS } from './dialect.ts';

/** SQLSTATE classes: data exception, integrity constraint, WITH CHECK OPTION, a trigger's own SIGNAL. */
const STATES = /^(22|23|44|45)/;

/**
 * The database's word for what is wrong with the value itself; undefined for anything else (a lost connection, a deadlock,
 * a missing table), which is nobody's fault and tried again for ever.
 */
export function permanentErrorOf(error: unknown): string | undefined {
  if (error instanceof TenantryError) return error.code === 'MALFORMED_ENVELOPE' ? error.code : undefined;
  if (!(error instanceof DriverException)) return undefined;
  const { errno, code, sqlState } = error as { errno?: unknown; code?: unknown; sqlState?: unknown };
  const isItsOwn =
    error instanceof ConstraintViolationException ||
    DATA_ERRORS.has(Number(errno)) ||
    STATES.test(String(sqlState ?? code ?? ''));
  return isItsOwn ? `${error.name} (${String(code ?? errno ?? 'no code')})` : undefined;
}
