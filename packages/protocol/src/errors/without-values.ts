import { TenantryError } from './tenantry-error.ts';

/**
 * An error that can be stored, logged and reported. A database driver's message holds SQL with its values, and so do the properties of
 * ioredis's errors: of those only the name and the code are kept.
 */
export function withoutValues(error: unknown, what: string): TenantryError {
  if (error instanceof TenantryError) return error;
  if (!(error instanceof Error)) return new TenantryError('UNAVAILABLE', `${what} failed with a ${typeof error}.`);
  const code = (error as { code?: unknown }).code ?? redisCode(error);
  return new TenantryError(
    'UNAVAILABLE',
    `${what} failed with ${error.name}${code === undefined ? '' : ` (${String(code)})`}; it is tried again.`,
  );
}

/** Redis's own word for it: OOM, READONLY, NOAUTH. */
function redisCode({ name, message }: Error): string | undefined {
  return name === 'ReplyError' ? /^[A-Z]+\b/.exec(message)?.[0] : undefined;
}
