import type { TenantryError } from '@tenantry/protocol';

const QUIET_MS = 60_000;
const REMEMBERED = 100;

/**
 * Tells `onError` of each trouble once, and again after a minute if it is still there: what is tried again every
 * second would otherwise fill a log. An `onError` that throws is not allowed to end the process.
 */
export function throttleErrors(
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
