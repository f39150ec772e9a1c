import type { TenantryError } from '@tenantry/protocol';

/** After a load that failed none is begun for a while; whoever comes meanwhile gets the same error. */
export class LoadThrottle {
  readonly #clock: () => number;
  readonly #failures = new Map<string, { until: number; error: TenantryError }>();
  readonly #pauses = new Map<string, number>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Not jittered: it is a promise to whoever is being spared. */
  failed(address: string, error: TenantryError, forMs: number): void {
    this.#failures.set(address, { error, until: this.#clock() + forMs });
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
    this.#pauses.delete(address);
  }

  error(address: string): TenantryError | undefined {
    const failure = this.#failures.get(address);
    if (failure && failure.until > this.#clock()) return failure.error;
    this.#failures.delete(address);
    return undefined;
  }

  /** How long it still is. */
  remainingMs(address: string): number {
    return Math.max(0, (this.#failures.get(address)?.until ?? 0) - this.#clock());
  }

  /** Another process refreshes it already: not to be asked at every read. */
  pause(address: string, forMs: number): void {
    this.#pauses.set(address, this.#clock() + forMs);
  }

  isPaused(address: string): boolean {
    return (this.#pauses.get(address) ?? 0) > this.#clock();
  }
}
