import type { TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';

/** A trouble that was not met for so long has ended: it is told again when it comes back. */
const QUIET_MS = 60_000;
const MOST_REMEMBERED = 1_000;

/** Tells the application of troubles. */
export interface Troubles {
  tell(error: unknown): void;
  /** All is well: what comes now is told, also where it was told before. */
  forget(): void;
}

/**
 * Every trouble is told as a `TenantryError`. What is tried again and again (a connection that is refused, a right that is missing) is
 * told once, and again when its cause changes or when it comes back. A listener that throws must not break what it listens to.
 */
export function createTroubles(onTrouble: (error: unknown) => void, clock: () => number): Troubles {
  /** When each cause was last met. */
  const met = new Map<string, number>();

  function isNews({ code, message, retryable }: TenantryError): boolean {
    // The others happen to one value, not at each try. A right may be given at any time, so Tenantry itself tries again.
    if (!retryable && code !== 'FORBIDDEN') return true;
    const cause = `${code} ${message}`;
    const now = clock();
    const before = met.get(cause);
    met.delete(cause);
    met.set(cause, now);
    for (const oldest of met.keys()) {
      if (met.size <= MOST_REMEMBERED) break;
      met.delete(oldest);
    }
    return before === undefined || now - before > QUIET_MS;
  }

  return {
    tell(error) {
      const trouble = withoutValues(error, 'Redis');
      if (!isNews(trouble)) return;
      try {
        onTrouble(trouble);
      } catch {
        // There is nobody left to tell.
      }
    },
    forget: () => met.clear(),
  };
}
