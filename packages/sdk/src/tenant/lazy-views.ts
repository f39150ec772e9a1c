import type { TenantViews } from './tenant-views.ts';

/**
 * The methods of the views, which are made when one is first asked for. They come from a prototype, because an application may keep the objects of
 * many thousand tenants, of which hardly any is looked at in such a way. Getters, so that each works by itself: `const { live } = tenant`.
 */
export class LazyViews implements TenantViews {
  readonly #make: () => TenantViews;
  #made: TenantViews | undefined;

  constructor(make: () => TenantViews) {
    this.#make = make;
  }

  get select(): TenantViews['select'] {
    return this.#views.select;
  }

  get live(): TenantViews['live'] {
    return this.#views.live;
  }

  get watchMany(): TenantViews['watchMany'] {
    return this.#views.watchMany;
  }

  get watchGroup(): TenantViews['watchGroup'] {
    return this.#views.watchGroup;
  }

  get watchAll(): TenantViews['watchAll'] {
    return this.#views.watchAll;
  }

  get changes$(): TenantViews['changes$'] {
    return this.#views.changes$;
  }

  get whenVisible(): TenantViews['whenVisible'] {
    return this.#views.whenVisible;
  }

  get useResource(): TenantViews['useResource'] {
    return this.#views.useResource;
  }

  get #views(): TenantViews {
    this.#made ??= this.#make();
    return this.#made;
  }
}
