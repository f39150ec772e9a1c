import { checkOptions, oneOf } from '@tenantry/protocol/internal';
import type { Client, ClientStatus } from '@tenantry/sdk';

/** Options of a health check. */
export interface HealthCheckOptions {
  /**
   * `any`: up as soon as Redis was reached once, also while memory is stale: the process can serve. `live`: up only where memory is current.
   * Default `any`.
   */
  readonly freshness?: 'any' | 'live' | undefined;
}

/** As `@nestjs/terminus` wants it. */
export type HealthResult<K extends string> = Record<K, { readonly status: 'up' | 'down' } & ClientStatus>;

/** Says whether the client can serve, with `@nestjs/terminus` and without it. */
export class TenantryHealthIndicator {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * `{ tenantry: { status: 'up', state, since, why } }`: from memory, without a command to Redis. With terminus:
   * `health.check([() => tenantry.check()])`.
   */
  check<const K extends string = 'tenantry'>(
    key: K = 'tenantry' as K,
    options: HealthCheckOptions = {},
  ): HealthResult<K> {
    const { freshness } = checkOptions('check', options, RULES);
    const now = statusOf(this.#client);
    const isUp = now.state === 'ready' || (now.state === 'stale' && freshness === 'any');
    return { [key]: { status: isUp ? 'up' : 'down', ...now } } as HealthResult<K>;
  }
}

const RULES = { freshness: oneOf(['any', 'live'], "'any' or 'live'", 'any') };

function statusOf(client: Client): ClientStatus {
  let now: ClientStatus | undefined;
  client.status$
    .subscribe(status => {
      now = status;
    })
    .unsubscribe();
  // A client that is closed tells nobody any more.
  return now ?? { state: 'closed', since: Date.now(), why: 'the client was closed' };
}
