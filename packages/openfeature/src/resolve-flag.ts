import {
  ErrorCode,
  type EvaluationContext,
  type FlagValueType,
  type ResolutionDetails,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import type { Client, Entry, TenantClient } from '@tenantry/sdk';
import {
  evaluateFlag,
  type Flag,
  type FlagTenant,
  findFlag,
  flagErrorOf,
  isOfType,
  type NoFlagTenant,
  tenantIdOf,
  typeName,
} from '@tenantry/sdk/flags';
import type { LastingDetails } from './lasting-details.ts';
import type { CheckedProviderOptions } from './provider-options.ts';

/** One evaluation. */
export interface Evaluation<T> {
  readonly flagKey: string;
  /** The caller's. */
  readonly fallback: T;
  readonly type: FlagValueType;
  readonly context: EvaluationContext;
}

/** Finds the flag, the tenant and the value. Never rejects, and no message of an error shows a value. */
export function resolveFlag<T>(
  client: Client,
  options: CheckedProviderOptions,
  lasting: LastingDetails,
  evaluation: Evaluation<T>,
): Promise<ResolutionDetails<T>> {
  const { flagKey, fallback, context } = evaluation;
  const flag = findFlag(options.configs, flagKey);
  if (!flag) return Promise.resolve(refused(fallback, ErrorCode.FLAG_NOT_FOUND, `No config is named by "${flagKey}".`));
  const tenant = tenantIn(client, options, context);
  if (!('client' in tenant)) return Promise.resolve(refused(fallback, ErrorCode[tenant.code], tenant.why));
  const entry = freshEntry(tenant.client, flag);
  if (entry === undefined) return resolveLater(tenant, flag, options, evaluation);
  const found = lasting.find(tenant.client, flagKey, entry);
  if (found && isOfType(found.value, evaluation.type) && !options.mayBeDisabled)
    return found.details as Promise<ResolutionDetails<T>>;
  const details = answer(entry, tenant, flag, options, evaluation);
  // Neither a refusal nor the caller's own default is the flag's.
  if (details.errorCode !== undefined || details.variant === undefined || options.mayBeDisabled)
    return Promise.resolve(details);
  return lasting.keep(tenant.client, flagKey, flag, entry, details);
}

/** What memory has, where that is all there is to know: nothing has to be asked, and nothing will be loaded. */
function freshEntry(client: TenantClient, { config }: Flag): Entry<unknown> | undefined {
  if (config.cache === 'off') return undefined;
  const entry = client.peekEntry(config);
  return entry === undefined || entry.stale || entry.freshUntil !== undefined ? undefined : entry;
}

async function resolveLater<T>(
  tenant: FlagTenant,
  flag: Flag,
  options: CheckedProviderOptions,
  evaluation: Evaluation<T>,
): Promise<ResolutionDetails<T>> {
  try {
    return answer(await tenant.client.entry(flag.config), tenant, flag, options, evaluation);
  } catch (error) {
    return refusedFor(error, evaluation);
  }
}

function answer<T>(
  entry: Entry<unknown>,
  tenant: FlagTenant,
  flag: Flag,
  options: CheckedProviderOptions,
  evaluation: Evaluation<T>,
): ResolutionDetails<T> {
  try {
    return detailsOf(entry, tenant, flag, options, evaluation);
  } catch (error) {
    return refusedFor(error, evaluation);
  }
}

function refusedFor<T>(error: unknown, { fallback }: Evaluation<T>): ResolutionDetails<T> {
  const { errorCode, errorMessage } = flagErrorOf(error);
  return refused(fallback, ErrorCode[errorCode], errorMessage);
}

/** The details of an evaluation without an answer. */
export function refused<T>(fallback: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value: fallback, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}

function tenantIn(
  client: Client,
  { tenantOf }: CheckedProviderOptions,
  context: EvaluationContext,
): FlagTenant | NoFlagTenant {
  const found = tenantIdOf(tenantOf, context);
  return 'id' in found ? { id: found.id, client: client.tenant(found.id) } : found;
}

function detailsOf<T>(
  entry: Entry<unknown>,
  tenant: FlagTenant,
  flag: Flag,
  { isDisabled }: CheckedProviderOptions,
  { flagKey, fallback, type }: Evaluation<T>,
): ResolutionDetails<T> {
  const found = evaluateFlag(entry, tenant, flag, value => isDisabled(value, flagKey));
  if (found.kind === 'error') return refused(fallback, ErrorCode[found.errorCode], found.errorMessage);
  if (found.kind === 'default') return { value: fallback, reason: found.reason, flagMetadata: found.flagMetadata };
  const { value, provenance } = found;
  if (!isOfType(value, type))
    return refused(fallback, ErrorCode.TYPE_MISMATCH, `"${flagKey}" is of type ${typeName(value)}, not ${type}.`);
  return { value: value as T, ...provenance };
}
