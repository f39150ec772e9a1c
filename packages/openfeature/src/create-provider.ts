import {
  ErrorCode,
  type EvaluationContext,
  type FlagValueType,
  type JsonValue,
  type Provider,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import type { Client } from '@tenantry/sdk';
import { LastingDetails } from './lasting-details.ts';
import { ProviderLife } from './provider-life.ts';
import { checkProviderOptions, type ProviderOptions } from './provider-options.ts';
import { refused, resolveFlag } from './resolve-flag.ts';

/** The provider of `createProvider`, with everything that OpenFeature may leave out. */
export type TenantryProvider = Provider & Required<Pick<Provider, 'events' | 'initialize' | 'onClose' | 'runsOn'>>;

/**
 * An OpenFeature provider whose flags are the configs of the tenant that an evaluation is about. It reads through the client, which stays
 * yours to close, after OpenFeature. `initialize` rejects where the client does not reach Redis in time and has nothing to serve without it; the
 * provider then recovers by itself.
 * Throws `INVALID_OPTION`.
 */
export function createProvider(client: Client, options: ProviderOptions): TenantryProvider {
  const checked = checkProviderOptions(client, options);
  const lasting = new LastingDetails();
  const life = new ProviderLife(client, checked.configs, checked.initializeTimeoutMs);

  function resolve<T>(
    type: FlagValueType,
    flagKey: string,
    fallback: T,
    context: EvaluationContext = {},
  ): Promise<ResolutionDetails<T>> {
    // OpenFeature takes a provider that it knows already for ready, wherever else it is set meanwhile: it does not ask here in vain.
    if (life.notNow !== undefined) return Promise.resolve(refused(fallback, life.notNow, REASONS[life.notNow]));
    return resolveFlag(client, checked, lasting, { flagKey, fallback, type, context });
  }

  return {
    metadata: { name: 'tenantry' },
    runsOn: 'server',
    events: life.events,
    initialize: () => life.open(),
    async onClose() {
      life.close();
    },
    resolveBooleanEvaluation: (flagKey, fallback, context) => resolve('boolean', flagKey, fallback, context),
    resolveStringEvaluation: (flagKey, fallback, context) => resolve('string', flagKey, fallback, context),
    resolveNumberEvaluation: (flagKey, fallback, context) => resolve('number', flagKey, fallback, context),
    resolveObjectEvaluation: <T extends JsonValue>(flagKey: string, fallback: T, context: EvaluationContext) =>
      resolve('object', flagKey, fallback, context),
  };
}

const REASONS = Object.freeze({
  [ErrorCode.PROVIDER_NOT_READY]: 'The provider is not initialized, or it was closed.',
  [ErrorCode.PROVIDER_FATAL]: 'The Tenantry client is closed.',
});
