import { TenantryError } from '@tenantry/protocol';
import type { Entry } from '../memory/entry.ts';
import { type Flag, valueAt } from './find-flag.ts';
import { type FlagTenant, originOf } from './flag-origin.ts';
import { thrownBy } from './flag-tenant.ts';
import { type FlagMetadata, type FlagReason, type Provenance, provenanceOf } from './provenance.ts';

/** The codes of OpenFeature that an evaluation may end with. */
export type FlagErrorCode = 'FLAG_NOT_FOUND' | 'GENERAL' | 'PARSE_ERROR' | 'PROVIDER_FATAL';

/** An evaluation without an answer. The message shows no value. */
export interface FlagError {
  readonly errorCode: FlagErrorCode;
  readonly errorMessage: string;
}

/** `value`: it has one. `default`: the caller's own default holds, and that is no error. */
export type EvaluatedFlag =
  | { readonly kind: 'value'; readonly value: unknown; readonly provenance: Provenance }
  | { readonly kind: 'default'; readonly reason: FlagReason; readonly flagMetadata: FlagMetadata }
  | ({ readonly kind: 'error' } & FlagError);

/** What an entry says of a flag. Throws what `isDisabled` throws, and what the client does: `flagErrorOf` says what that means. */
export function evaluateFlag(
  entry: Entry<unknown>,
  tenant: FlagTenant,
  flag: Flag,
  isDisabled: (value: unknown) => boolean,
): EvaluatedFlag {
  const provenance = provenanceOf(entry, originOf(entry, flag, tenant));
  const { reason, flagMetadata } = provenance;
  if (entry.ended !== undefined || (entry.value !== undefined && isDisabled(entry.value)))
    return { kind: 'default', reason: 'DISABLED', flagMetadata };
  // Nothing is set, and the definition has no default: the caller's is the last one of the chain.
  if (entry.value === undefined) return { kind: 'default', reason, flagMetadata };
  const { config, path } = flag;
  const value = valueAt(entry.value, path);
  if (value !== undefined) return { kind: 'value', value, provenance };
  const errorMessage = `The value of "${config.name}" has no field "${path.join('.')}".`;
  return { kind: 'error', errorCode: 'FLAG_NOT_FOUND', errorMessage };
}

const CODES: Readonly<Record<string, FlagErrorCode>> = Object.freeze({
  MALFORMED_ENVELOPE: 'PARSE_ERROR',
  UNKNOWN_FORMAT: 'PARSE_ERROR',
  CLOSED: 'PROVIDER_FATAL',
});

/** What an error of an evaluation means: of the client, or else of `isDisabled`. */
export function flagErrorOf(error: unknown): FlagError {
  if (!(error instanceof TenantryError)) return { errorCode: 'GENERAL', errorMessage: thrownBy('isDisabled', error) };
  return { errorCode: CODES[error.code] ?? 'GENERAL', errorMessage: `${error.code}: ${error.message}` };
}
