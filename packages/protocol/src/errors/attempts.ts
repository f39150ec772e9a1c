import type { TenantryError } from './tenantry-error.ts';

/** How something goes that is tried again and again. */
export interface AttemptsReport {
  /** How many attempts in a row have failed; 0 after one that succeeded. */
  readonly consecutiveFailures: number;
  /** Why the last attempt failed; undefined where it succeeded. */
  readonly lastError: TenantryError | undefined;
  /** ms since 1970; undefined before the first. */
  readonly lastAttemptAt: number | undefined;
}

/** Counts how often in a row something has failed. */
export class Attempts implements AttemptsReport {
  consecutiveFailures = 0;
  lastError: TenantryError | undefined = undefined;
  lastAttemptAt: number | undefined = undefined;
  /** When the first attempt in the row failed, ms since 1970; undefined: the last one succeeded. */
  failingSince: number | undefined = undefined;
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  failed(error: TenantryError): void {
    this.lastAttemptAt = this.#clock();
    this.failingSince ??= this.lastAttemptAt;
    this.lastError = error;
    this.consecutiveFailures++;
  }

  succeeded(): void {
    this.lastAttemptAt = this.#clock();
    this.failingSince = undefined;
    this.lastError = undefined;
    this.consecutiveFailures = 0;
  }
}
