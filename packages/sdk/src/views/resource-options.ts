import { checkOptions, fn, LONGEST_TIMER_MS, required, whole } from '@tenantry/protocol/internal';

/** How a resource is made of a value: a connection pool of its settings, a client of its url. */
export interface ResourceOptions<T, R> {
  /** Makes a resource of a value. Not called for a value that is the same as the one before, nor where there is none. */
  readonly open: (value: T) => R | Promise<R>;
  /** Tries it out, before a caller gets it: where it throws or rejects, the resource is closed again and the one before stays. Default: nothing is tried. */
  readonly check?: ((resource: R) => unknown) | undefined;
  /** Ends a resource, once, after its last lease. Default: nothing is to be done. */
  readonly close?: ((resource: R) => unknown) | undefined;
  /** The longest that `open`, `check` and the first `use` may take, each. Default 10,000. */
  readonly openTimeoutMs?: number | undefined;
  /** The longest that `close` may take, and that the end of the resource waits for its leases. Default 10,000. */
  readonly closeTimeoutMs?: number | undefined;
}

/** The options with their defaults. */
export interface CheckedResource {
  readonly open: (value: unknown) => unknown;
  readonly check: (resource: unknown) => unknown;
  readonly close: (resource: unknown) => unknown;
  readonly openTimeoutMs: number;
  readonly closeTimeoutMs: number;
}

/** Throws `INVALID_OPTION`, which shows what arrived. */
export function checkResourceOptions(options: ResourceOptions<never, never>): CheckedResource {
  const nothing = () => undefined;
  const checked = checkOptions('useResource', options, {
    open: required('a function', value => typeof value === 'function'),
    check: fn(nothing),
    close: fn(nothing),
    openTimeoutMs: whole(1, LONGEST_TIMER_MS, 10_000),
    closeTimeoutMs: whole(1, LONGEST_TIMER_MS, 10_000),
  });
  return checked as unknown as CheckedResource;
}
