import type { TenantryError } from '@tenantry/protocol';

/** After a failed load, begins none for a while. Callers get the same error meanwhile. */
export class LoadThrottle {
  readonly #clock: () => number;
  readonly #failures = new Map<string, { until: number; error: TenantryError }>();
  readonly #pauses = new Map<string, number>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Not jittered: the source is promised this pause. */
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

  /** Some load must not be begun yet. */
  get isHolding(): boolean {
    const now = this.#clock();
    for (const [address, { until }] of this.#failures) {
      if (until > now) return true;
      this.#failures.delete(address);
    }
    return false;
  }

  /** The rest of the pause after a failure. */
  remainingMs(address: string): number {
    return Math.max(0, (this.#failures.get(address)?.until ?? 0) - this.#clock());
  }

  /** Another process refreshes it already: this one does not ask at every read. */
  pause(address: string, forMs: number): void {
    this.#pauses.set(address, this.#clock() + forMs);
  }

  isPaused(address: string): boolean {
    return (this.#pauses.get(address) ?? 0) > this.#clock();
  }
}
