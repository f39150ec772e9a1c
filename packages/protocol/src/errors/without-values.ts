import { TenantryError } from './tenantry-error.ts';

/** What comes next where a caller was answered so: nobody does it for them. */
export const TRY_AGAIN = 'try it again';

/**
 * An error that can be stored, logged and reported. A database driver's message holds SQL with its values, and so do the properties of
 * ioredis's errors: of those only the name and the code are kept.
 */
export function withoutValues(error: unknown, what: string, next = 'it is tried again'): TenantryError {
  if (error instanceof TenantryError) return error;
  if (!(error instanceof Error)) return new TenantryError('UNAVAILABLE', `${what} failed with a ${typeof error}.`);
  const word = redisWordOf(error);
  const { code = word, errno } = error as { readonly code?: unknown; readonly errno?: unknown };
  // Its class has this name where nobody minified it.
  const name = word === undefined ? error.name : 'ReplyError';
  // Of MySQL and MariaDB the number, too: mysql2 3.24.5 gives MariaDB's errors from 4000 on the names that MySQL has for their numbers.
  const said = [...(code === undefined ? [] : [String(code)]), ...(Number(errno) > 0 ? [String(errno)] : [])];
  return new TenantryError(
    'UNAVAILABLE',
    `${what} failed with ${name}${said.length === 0 ? '' : ` (${said.join(', ')})`}; ${next}.`,
  );
}

/** Redis's own word for it: OOM, READONLY, NOAUTH. ioredis adds the command to an error that Redis answered. */
export function redisWordOf(error: unknown): string | undefined {
  return error instanceof Error && 'command' in error ? /^[A-Z]{2,}\b/.exec(error.message)?.[0] : undefined;
}
