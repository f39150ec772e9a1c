import type { ResolutionDetails } from '@openfeature/server-sdk';
import type { Entry, TenantClient } from '@tenantry/sdk';
import type { Flag } from '@tenantry/sdk/flags';

/** The details of a flag, and the entry that they were made of. */
interface Lasting {
  readonly entry: Entry<unknown>;
  readonly isInherited: boolean;
  readonly value: unknown;
  readonly details: Promise<ResolutionDetails<unknown>>;
}

/**
 * The details of the flags that were evaluated last, each for as long as its entry stays. Only those of fields that are there: an application
 * may make up keys without end. A tenant that the client has let go takes its own along.
 */
export class LastingDetails {
  readonly #byTenant = new WeakMap<TenantClient, Map<string, Lasting>>();

  /** Undefined: none, or the entry is another one. */
  find(tenant: TenantClient, flagKey: string, entry: Entry<unknown>): Lasting | undefined {
    const found = this.#byTenant.get(tenant)?.get(flagKey);
    return found && isSameEntry(found, entry) ? found : undefined;
  }

  /** Keeps the details, and answers them. */
  keep<T>(
    tenant: TenantClient,
    flagKey: string,
    { config }: Flag,
    entry: Entry<unknown>,
    made: ResolutionDetails<T>,
  ): Promise<ResolutionDetails<T>> {
    const details = Promise.resolve(Object.freeze(made));
    const flags = this.#byTenant.get(tenant) ?? new Map<string, Lasting>();
    this.#byTenant.set(tenant, flags);
    flags.set(flagKey, { entry, isInherited: config.inherit !== 'none', value: made.value, details });
    return details;
  }
}

/** What lies below an inherited value is told from the entry itself: it is the same object until something of it changes. */
function isSameEntry({ entry: last, isInherited }: Lasting, entry: Entry<unknown>): boolean {
  if (last === entry) return true;
  return (
    !isInherited &&
    last.value === entry.value &&
    last.version === entry.version &&
    last.origin === entry.origin &&
    last.ended === entry.ended
  );
}
