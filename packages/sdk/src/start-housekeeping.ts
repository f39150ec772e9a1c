import type { CheckedOptions } from './client-options.ts';
import type { HeldTenants } from './tenant/held-tenants.ts';

/** The work that a client does now and then. */
export interface Housekeeping {
  close(): void;
}

/** How often tenants are looked at: a tenant is found idle after at most two of these more. */
export function tickMs({ idleMs, idleTenantMs }: Pick<CheckedOptions, 'idleMs' | 'idleTenantMs'>): number {
  return Math.min(idleMs, idleTenantMs);
}

/** Looks which tenants are idle, and compares memory with Redis. Neither keeps the process alive. */
export function startHousekeeping(
  { idleMs, idleTenantMs, sweepMs }: Pick<CheckedOptions, 'idleMs' | 'idleTenantMs' | 'sweepMs'>,
  tenants: HeldTenants,
  report: (error: unknown) => void,
): Housekeeping {
  let isClosed = false;
  let sweeping: ReturnType<typeof setTimeout> | undefined;
  const idle = setInterval(() => void tenants.tick(), tickMs({ idleMs, idleTenantMs })).unref();
  if (sweepMs > 0) sweepLater();

  // Chained, not an interval: a slow sweep is never overtaken by the next one.
  function sweepLater(): void {
    sweeping = setTimeout(sweep, sweepMs).unref();
  }

  async function sweep(): Promise<void> {
    // One tenant at a time: nobody waits for this.
    for (const follower of [...tenants.followers()]) if (!isClosed) await follower.sweepNext().catch(report);
    if (!isClosed) sweepLater();
  }

  return {
    close() {
      isClosed = true;
      clearInterval(idle);
      clearTimeout(sweeping);
    },
  };
}
