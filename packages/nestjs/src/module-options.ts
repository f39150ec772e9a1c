import type { ExecutionContext } from '@nestjs/common';
import { TenantryError } from '@tenantry/protocol';
import { checkFunctionOption, refuseOption } from '@tenantry/protocol/internal';
import type { Client, ClientOptions } from '@tenantry/sdk';

/** A tenant's id in any of its forms; undefined or null: none. */
export type TenantId = string | number | bigint | null | undefined;

/** Options of `TenantryModule.forRoot`: those of `createClient`, or `client`; and how a request's tenant is found. */
export interface TenantryModuleOptions extends Partial<ClientOptions> {
  /** A client of yours, which stays yours to close, instead of `redis` and the other options of `createClient`. */
  readonly client?: Client | undefined;
  /**
   * The tenant of what a handler is about to do: HTTP, GraphQL, messages and WebSockets alike. Called after the guards. Undefined leaves the
   * tenant that `tenantOfRequest` found, if any. What it throws is the answer to the request. Default: not asked.
   */
  readonly tenantOf?: ((context: ExecutionContext) => TenantId | Promise<TenantId>) | undefined;
  /** The tenant of an HTTP request, found before the guards, so that they have it, too. What it throws is the answer. Default: not asked. */
  // biome-ignore lint/suspicious/noExplicitAny: the request is that of Express or of Fastify, and only the application knows which.
  readonly tenantOfRequest?: ((request: any) => TenantId | Promise<TenantId>) | undefined;
}

/** Throws `INVALID_OPTION`. The options of `createClient` are checked there. */
export function checkModuleOptions(options: TenantryModuleOptions): void {
  if (typeof options !== 'object' || options === null)
    refuseOption('The options of TenantryModule.forRoot', 'an object', options);
  const { client, tenantOf, tenantOfRequest, ...others } = options;
  checkFunctionOption('tenantOf', tenantOf);
  checkFunctionOption('tenantOfRequest', tenantOfRequest);
  if (client === undefined) return;
  if (typeof client?.tenant !== 'function') refuseOption('client', 'a client, made by `createClient`', client);
  const [first] = Object.entries(others).filter(([, value]) => value !== undefined);
  if (first)
    throw new TenantryError(
      'INVALID_OPTION',
      `\`client\` is made already, so \`${first[0]}\` would change nothing: give it to \`createClient\`.`,
    );
}
