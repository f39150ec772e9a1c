import type { Ref } from '@tenantry/protocol';
import { type Client, type ClientOptions, createClient, createTenantContext, type TenantContext } from '@tenantry/sdk';
import { Subscription } from 'rxjs';
import { checkModuleOptions, type TenantryModuleOptions } from './module-options.ts';

/** Made once for an application; everything that it injects is made from it. */
export class TenantryParts {
  readonly client: Client;
  readonly context: TenantContext;
  readonly options: TenantryModuleOptions;
  /** What live values show of a tenant, by address: read before a request's handler runs. */
  readonly #live = new Map<string, Ref<unknown>>();
  /** The watches of what belongs to no tenant. */
  readonly #watches = new Subscription();

  constructor(client: Client, options: TenantryModuleOptions) {
    this.client = client;
    this.context = createTenantContext(client);
    this.options = options;
  }

  /** Opens a client, unless it is given one. */
  static async open(options: TenantryModuleOptions): Promise<TenantryParts> {
    checkModuleOptions(options);
    const { client, tenantOf, tenantOfRequest, ...ofClient } = options;
    return new TenantryParts(client ?? (await createClient(ofClient as ClientOptions)), options);
  }

  /** From now on each request begins with the ref in memory; one that belongs to no tenant stays there. */
  async hold(ref: Ref<unknown>): Promise<void> {
    if (ref.definition.tenant !== undefined) {
      this.#live.set(ref.address, ref);
      return;
    }
    const { global } = this.client;
    this.#watches.add(global.watch(ref).subscribe());
    await global.get(ref).catch(() => undefined);
  }

  /** Has the values of a tenant in memory, as far as they can be had, and answers with the way to work for that tenant. */
  async workFor(tenant: string | number | bigint): Promise<<R>(call: () => R) => R> {
    const { context } = this;
    const refs = [...this.#live.values()];
    // Without Redis the handler runs all the same, with what memory and defaults have. The client tells of its troubles itself.
    if (refs.length > 0) await context.run(tenant, () => context.client().getMany(refs)).catch(() => undefined);
    return call => context.run(tenant, call);
  }

  /** Closes the client that was opened here. */
  async close(): Promise<void> {
    this.#watches.unsubscribe();
    if (this.options.client === undefined) await this.client.close();
  }
}
