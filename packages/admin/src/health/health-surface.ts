import { createHealthHandler, createMetrics } from '@tenantry/metrics';
import type { AnyOrm } from '@tenantry/mikro-orm';
import { checkOptionNames, refuseOption } from '@tenantry/protocol/internal';
import type { Client } from '@tenantry/sdk';
import type { Auth, Connection } from '../auth/auth.ts';
import { cameByProxy } from '../auth/came-by-proxy.ts';
import { type StaticToken, staticTokens } from '../auth/static-tokens.ts';
import { isLoopback } from '../auth/trusted-header.ts';
import { notFound, Refused } from '../http/refused.ts';

/** The option `metrics` of `createAdmin`: who may read `/metrics`, and what is in it. */
export interface AdminMetricsOptions {
  /** True: whoever reaches the server. Default false: this machine alone, and nobody by way of a proxy. */
  readonly public?: boolean | undefined;
  /** Whoever has this token, in `Authorization: Bearer …`, from anywhere: its SHA-256 in hex, or the environment variable that has it. */
  readonly token?: Pick<StaticToken, 'sha256' | 'env'> | undefined;
  /** As of `createMetrics`: a label for the first `most` tenants. Default: none. */
  readonly tenantLabel?: { readonly most: number } | undefined;
  /** As of `createMetrics`: how long a scrape may wait for the servers, in ms. Default 1,000. */
  readonly budgetMs?: number | undefined;
}

/** Answers `/live`, `/ready`, `/fresh` and `/metrics`; undefined: another path. */
export interface HealthSurface {
  respond(request: Request, connection: Connection, path: string): Promise<Response | undefined>;
  close(): void;
}

/** Health and metrics of the admin. A probe brings no credentials, so health has no name of a tenant and no value. `INVALID_OPTION`. */
export function createHealthSurface(
  parts: { readonly orm: AnyOrm | undefined; readonly client: Client; streams(): number },
  options: AdminMetricsOptions,
): HealthSurface {
  checkOptionNames('metrics', options, ['public', 'token', 'tenantLabel', 'budgetMs']);
  const { public: isPublic = false, token, ...rest } = options;
  if (typeof isPublic !== 'boolean') refuseOption('metrics.public', 'true or false', isPublic);
  if (isPublic && token) refuseOption('metrics.public', 'left out where a token is configured', isPublic);
  const knows = token && staticTokens([{ ...token, id: 'metrics' }]);
  const metrics = createMetrics({ ...rest, ...parts });
  const handler = createHealthHandler({ client: parts.client, metrics });
  return {
    async respond(request, connection, path) {
      if (path === '/metrics' && !isPublic) await refuseStrangers(request, connection, knows);
      return handler(request, path);
    },
    close() {
      handler.close();
      metrics.close();
    },
  };
}

async function refuseStrangers(request: Request, connection: Connection, knows: Auth | undefined): Promise<void> {
  if (knows) {
    if (await knows(request, connection)) return;
    throw new Refused(401, 'NOT_SIGNED_IN', 'The metrics need their token.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  const { address } = connection;
  const isHere = address !== undefined && isLoopback(address) && !cameByProxy(request);
  if (!isHere) throw notFound();
}
