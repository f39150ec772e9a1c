import { checkOptions, oneOf } from '@tenantry/protocol/internal';
import type { Client, ClientStatus, HealthReason } from '@tenantry/sdk';

/** Options of a health check. */
export interface HealthCheckOptions {
  /**
   * `any`: up as soon as Redis was reached once, or a snapshot file or `bootstrap` has something to serve, also while memory is stale: the process
   * can serve. `live`: up only where memory is current. Default `any`.
   */
  readonly freshness?: 'any' | 'live' | undefined;
}

/** What is known of the client. */
export interface ClientHealth extends ClientStatus {
  readonly status: 'up' | 'down';
  /** Everything that is not as it should be, as `client.health()` tells it: also where the client is up. Empty where all is well. */
  readonly reasons: readonly HealthReason[];
}

/** As `@nestjs/terminus` wants it. */
export type HealthResult<K extends string> = Record<K, ClientHealth>;

/** Says whether the client can serve, with `@nestjs/terminus` and without it. */
export class TenantryHealthIndicator {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * `{ tenantry: { status: 'up', state, since, why, reasons } }`: from memory, without a command to Redis. With terminus:
   * `health.check([() => tenantry.check()])`.
   */
  check<const K extends string = 'tenantry'>(
    key: K = 'tenantry' as K,
    options: HealthCheckOptions = {},
  ): HealthResult<K> {
    const { freshness } = checkOptions('check', options, RULES);
    const now = statusOf(this.#client);
    const reasons = this.#client.health() ?? [];
    const hasSaved = reasons.some(({ kind }) => kind === 'snapshot' || kind === 'bootstrap');
    const canServe = now.state === 'stale' || (now.state === 'connecting' && hasSaved);
    const isUp = now.state === 'ready' || (canServe && freshness === 'any');
    const health: ClientHealth = { status: isUp ? 'up' : 'down', ...now, reasons };
    return { [key]: health } as HealthResult<K>;
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
