import type { CheckedOptions } from './client-options.ts';
import type { TenantFollower } from './tenant/tenant-follower.ts';

/** The work that a client does now and then. */
export interface Housekeeping {
  close(): void;
}

/** Lets idle tenants go, and compares memory with Redis. Neither keeps the process alive. */
export function startHousekeeping(
  { idleMs, sweepMs }: Pick<CheckedOptions, 'idleMs' | 'sweepMs'>,
  followers: () => Iterable<TenantFollower>,
  report: (error: unknown) => void,
): Housekeeping {
  let isClosed = false;
  let sweeping: ReturnType<typeof setTimeout> | undefined;
  const idle = setInterval(() => {
    for (const follower of followers()) follower.releaseIfIdle();
  }, idleMs).unref();
  if (sweepMs > 0) sweepLater();

  // Chained, not an interval: a slow sweep is never overtaken by the next one.
  function sweepLater(): void {
    sweeping = setTimeout(sweep, sweepMs).unref();
  }

  async function sweep(): Promise<void> {
    // One tenant at a time: nobody waits for this.
    for (const follower of [...followers()]) if (!isClosed) await follower.sweep.sweepNext().catch(report);
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
