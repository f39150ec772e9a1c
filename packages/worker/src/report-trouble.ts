import { TenantryError } from '@tenantry/protocol';

const QUIET_MS = 60_000;
const REMEMBERED = 100;

/**
 * Tells `onError` of each trouble once, and again after a minute if it is still there: what is tried again every
 * second would otherwise fill a log. An `onError` that throws is not allowed to end the process.
 */
export function reportTrouble(
  onError: (error: TenantryError) => void,
  clock: () => number = () => performance.now(),
): (error: TenantryError) => void {
  const toldAt = new Map<string, number>();
  return error => {
    const now = clock();
    if (now - (toldAt.get(error.message) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    if (toldAt.size >= REMEMBERED) toldAt.clear();
    toldAt.set(error.message, now);
    try {
      onError(error);
    } catch {
      // There is nobody left to tell.
    }
  };
}

/**
 * An error that can be reported. A database driver's message holds SQL with its values, and so do the properties of
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
