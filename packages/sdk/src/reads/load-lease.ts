import type { AnyConfig, Tenant } from '@tenantry/protocol';
import { type Loads, within } from '@tenantry/redis';

// A process that waits for another one's load looks soon at first, then less often.
const POLL_MS = { first: 10, most: 50 };

/** A lease that this process has. `taken`: another process has it. `none`: Redis has trouble, which keeps nobody from loading. */
export type Lease = { readonly token: string } | 'taken' | 'none';

/** The right to load a config of one tenant, which one process has at a time. */
export class LoadLease {
  readonly #loads: Loads;
  readonly #tenant: Tenant;

  constructor(loads: Loads, tenant: Tenant) {
    this.#loads = loads;
    this.#tenant = tenant;
  }

  /** Settles within `timeoutMs`. */
  async take({ address, databaseTimeoutMs, cacheTimeoutMs }: AnyConfig, timeoutMs: number): Promise<Lease> {
    const forMs = databaseTimeoutMs + 2 * cacheTimeoutMs;
    try {
      const lease = this.#loads.lease(this.#tenant, address, forMs);
      const token = await within(timeoutMs, 'Taking a lease', lease);
      return token === undefined ? 'taken' : { token };
    } catch {
      return 'none';
    }
  }

  /** Does not wait: a lease that is not given back ends by itself. */
  giveBack(address: string, { token }: { readonly token: string }): void {
    this.#loads.release(this.#tenant, address, token).catch(() => undefined);
  }
}

/** The pauses, in ms, between two looks for the load of another process. Ends when `forMs` are over. */
export function* pollPauses(forMs: number): Generator<number, void> {
  const endsAt = performance.now() + forMs;
  for (let pause = POLL_MS.first; performance.now() + pause < endsAt; pause = Math.min(POLL_MS.most, pause * 1.5))
    yield pause;
}
