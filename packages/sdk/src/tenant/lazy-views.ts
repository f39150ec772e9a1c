import type { TenantViews } from './tenant-views.ts';

type Call = (...args: unknown[]) => unknown;

/**
 * The methods of the views, which are made with the first call of one. They are on a prototype, because an application may keep the objects of
 * many thousand tenants, of which hardly any is looked at in such a way.
 */
export class LazyViews {
  readonly #make: () => TenantViews;
  #made: { readonly [N in keyof TenantViews]: Call } | undefined;

  constructor(make: () => TenantViews) {
    this.#make = make;
  }

  select(...args: unknown[]): unknown {
    return this.#views.select(...args);
  }

  live(...args: unknown[]): unknown {
    return this.#views.live(...args);
  }

  watchMany(...args: unknown[]): unknown {
    return this.#views.watchMany(...args);
  }

  watchGroup(...args: unknown[]): unknown {
    return this.#views.watchGroup(...args);
  }

  watchAll(...args: unknown[]): unknown {
    return this.#views.watchAll(...args);
  }

  changes$(...args: unknown[]): unknown {
    return this.#views.changes$(...args);
  }

  whenVisible(...args: unknown[]): unknown {
    return this.#views.whenVisible(...args);
  }

  useResource(...args: unknown[]): unknown {
    return this.#views.useResource(...args);
  }

  get #views(): { readonly [N in keyof TenantViews]: Call } {
    this.#made ??= this.#make() as unknown as { readonly [N in keyof TenantViews]: Call };
    return this.#made;
  }
}
