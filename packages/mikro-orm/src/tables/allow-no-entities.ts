import { Configuration } from '@mikro-orm/core';

/** Stands on an extension that brings entities of its own. */
export const BRINGS_ENTITIES: unique symbol = Symbol.for('@tenantry/mikro-orm/brings-entities');

interface Checked {
  validateOptions?: (() => void) & { readonly [BRINGS_ENTITIES]?: true };
}

/**
 * An ORM without entities is refused before any extension is asked, and an application that has nothing but configs has none. Only an
 * ORM with an extension that is marked so is let through, and only that check: the rest is MikroORM's.
 */
export function allowNoEntities(): void {
  const prototype = Configuration.prototype as unknown as Checked;
  const { validateOptions } = prototype;
  // Where it is called otherwise, MikroORM's own words are what an application without entities gets.
  if (!validateOptions || validateOptions[BRINGS_ENTITIES]) return;
  const validate = function (this: Configuration): void {
    const options = this.getAll();
    const extensions = options.extensions as readonly { readonly [BRINGS_ENTITIES]?: true }[];
    if (extensions?.some(extension => extension[BRINGS_ENTITIES]))
      options.discovery = { ...options.discovery, warnWhenNoEntities: false };
    validateOptions.call(this);
  };
  prototype.validateOptions = Object.assign(validate, { [BRINGS_ENTITIES]: true } as const);
}
