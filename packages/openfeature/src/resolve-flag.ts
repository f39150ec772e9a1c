import {
  ErrorCode,
  type EvaluationContext,
  type FlagValueType,
  type ResolutionDetails,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import { TenantryError } from '@tenantry/protocol';
import type { Client, Entry, TenantClient } from '@tenantry/sdk';
import { type Flag, findFlag, valueAt } from './find-flag.ts';
import { type FlagTenant, originOf } from './flag-origin.ts';
import { isOfType, typeName } from './flag-type.ts';
import type { LastingDetails } from './lasting-details.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { CheckedProviderOptions } from './provider-options.ts';

/** One evaluation. */
export interface Evaluation<T> {
  readonly flagKey: string;
  /** The caller's. */
  readonly fallback: T;
  readonly type: FlagValueType;
  readonly context: EvaluationContext;
}

const CODES: Readonly<Record<string, ErrorCode>> = Object.freeze({
  MALFORMED_ENVELOPE: ErrorCode.PARSE_ERROR,
  UNKNOWN_FORMAT: ErrorCode.PARSE_ERROR,
  CLOSED: ErrorCode.PROVIDER_FATAL,
});

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
  if (!('client' in tenant)) return Promise.resolve(refused(fallback, tenant.code, tenant.why));
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
    return detailsOf(entry, flag, provenanceOf(entry, originOf(entry, flag, tenant)), evaluation, options);
  } catch (error) {
    return refusedFor(error, evaluation);
  }
}

function refusedFor<T>(error: unknown, { fallback }: Evaluation<T>): ResolutionDetails<T> {
  if (!(error instanceof TenantryError)) return refused(fallback, ErrorCode.GENERAL, failed('isDisabled', error));
  return refused(fallback, CODES[error.code] ?? ErrorCode.GENERAL, `${error.code}: ${error.message}`);
}

/** The details of an evaluation without an answer. */
export function refused<T>(fallback: T, errorCode: ErrorCode, errorMessage: string): ResolutionDetails<T> {
  return { value: fallback, reason: StandardResolutionReasons.ERROR, errorCode, errorMessage };
}

interface NoTenant {
  readonly code: ErrorCode;
  readonly why: string;
}

function tenantIn(
  client: Client,
  { tenantOf }: CheckedProviderOptions,
  context: EvaluationContext,
): FlagTenant | NoTenant {
  let id: unknown;
  try {
    id = tenantOf(context);
  } catch (error) {
    return { code: ErrorCode.INVALID_CONTEXT, why: failed('tenantOf', error) };
  }
  if (id === undefined || id === null || id === '')
    return {
      code: ErrorCode.TARGETING_KEY_MISSING,
      why: 'The context names no tenant: its `targetingKey` is missing.',
    };
  try {
    // It is an id, or this throws.
    const tenant = client.tenant(id as string);
    return { id: String(id), client: tenant };
  } catch (error) {
    return { code: ErrorCode.INVALID_CONTEXT, why: (error as Error).message };
  }
}

function detailsOf<T>(
  entry: Entry<unknown>,
  { config, path }: Flag,
  provenance: Provenance,
  { flagKey, fallback, type }: Evaluation<T>,
  { isDisabled }: CheckedProviderOptions,
): ResolutionDetails<T> {
  const { reason, flagMetadata } = provenance;
  if (entry.ended !== undefined || (entry.value !== undefined && isDisabled(entry.value, flagKey)))
    return { value: fallback, reason: StandardResolutionReasons.DISABLED, flagMetadata };
  // Nothing is set, and the definition has no default: the caller's is the last one of the chain.
  if (entry.value === undefined) return { value: fallback, reason, flagMetadata };
  const value = valueAt(entry.value, path);
  if (value === undefined)
    return refused(
      fallback,
      ErrorCode.FLAG_NOT_FOUND,
      `The value of "${config.name}" has no field "${path.join('.')}".`,
    );
  if (!isOfType(value, type))
    return refused(fallback, ErrorCode.TYPE_MISMATCH, `"${flagKey}" is of type ${typeName(value)}, not ${type}.`);
  return { value: value as T, ...provenance };
}

/** The message of an error of the application's may show a value: only its name is told. */
function failed(option: string, error: unknown): string {
  return `\`${option}\` has thrown ${error instanceof Error ? error.name : typeof error}.`;
}
