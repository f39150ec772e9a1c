import {
  ErrorCode,
  type EvaluationContext,
  type FlagValueType,
  type ResolutionDetails,
  StandardResolutionReasons,
} from '@openfeature/server-sdk';
import { TenantryError } from '@tenantry/protocol';
import type { Client, Entry } from '@tenantry/sdk';
import { type Flag, findFlag, valueAt } from './find-flag.ts';
import { type FlagTenant, originOf } from './flag-origin.ts';
import { isOfType, typeName } from './flag-type.ts';
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
export async function resolveFlag<T>(
  client: Client,
  options: CheckedProviderOptions,
  evaluation: Evaluation<T>,
): Promise<ResolutionDetails<T>> {
  const { flagKey, fallback, context } = evaluation;
  const flag = findFlag(options.configs, flagKey);
  if (!flag) return refused(fallback, ErrorCode.FLAG_NOT_FOUND, `No config is named by "${flagKey}".`);
  const tenant = tenantIn(client, options, context);
  if (!('client' in tenant)) return refused(fallback, tenant.code, tenant.why);
  try {
    const entry = await tenant.client.entry(flag.config);
    return detailsOf(entry, flag, provenanceOf(entry, originOf(entry, flag, tenant)), evaluation, options);
  } catch (error) {
    if (!(error instanceof TenantryError)) return refused(fallback, ErrorCode.GENERAL, failed('isDisabled', error));
    return refused(fallback, CODES[error.code] ?? ErrorCode.GENERAL, `${error.code}: ${error.message}`);
  }
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
