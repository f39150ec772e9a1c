import type { Entry } from '@tenantry/sdk';
import type { FlagTenant } from '@tenantry/sdk/flags';
import { evaluateFlag, type Flag, flagErrorOf, isOfType, typeName } from '@tenantry/sdk/flags';

/** What is told of one flag, as text of JSON. */
export interface FlagAnswer {
  readonly status: 200 | 400 | 404 | 500;
  readonly text: string;
}

/** An error of OpenFeature's, as OFREP tells it; `key` undefined: of no flag. */
export function failureText(key: string | undefined, errorCode: string, errorDetails: string): string {
  return JSON.stringify({ ...(key !== undefined && { key }), errorCode, errorDetails });
}

/** The one answer to a flag that is not there and to one that may not be seen. */
export function flagNotFound(key: string): FlagAnswer {
  const text = failureText(key, 'FLAG_NOT_FOUND', 'There is no such flag, or you may not see it.');
  return { status: 404, text };
}

/** The error of a read, or of the application's `isDisabled`. */
export function failedFlag(key: string, error: unknown): FlagAnswer {
  const { errorCode, errorMessage } = flagErrorOf(error);
  return { status: errorCode === 'PARSE_ERROR' ? 400 : 500, text: failureText(key, errorCode, errorMessage) };
}

/** How a flag is told. */
export interface Telling {
  readonly isDisabled: (value: unknown, flagKey: string) => boolean;
  /** Leave out for how long the feed has been away: whoever keeps the answer would keep a number that is wrong at once. */
  readonly isKept: boolean;
}

/** What an entry says of a flag. Throws what `isDisabled` throws. */
export function answerOf(
  entry: Entry<unknown>,
  tenant: FlagTenant,
  flag: Flag,
  key: string,
  { isDisabled, isKept }: Telling,
): FlagAnswer {
  const found = evaluateFlag(entry, tenant, flag, value => isDisabled(value, key));
  if (found.kind === 'error') return { status: 404, text: failureText(key, found.errorCode, found.errorMessage) };
  const { reason, flagMetadata } = found.kind === 'value' ? found.provenance : found;
  const { ageMs, ...kept } = flagMetadata;
  const metadata = isKept ? kept : flagMetadata;
  // Without a value: the caller's own default is meant.
  if (found.kind === 'default') return { status: 200, text: JSON.stringify({ key, reason, metadata }) };
  const { value, provenance } = found;
  const json = jsonOf(value);
  if (json === undefined)
    return {
      status: 400,
      text: failureText(key, 'TYPE_MISMATCH', `"${key}" is of type ${typeName(value)}, which is not one of JSON.`),
    };
  const told = JSON.stringify({ key, reason, variant: provenance.variant, metadata });
  return { status: 200, text: `${told.slice(0, -1)},"value":${json}}` };
}

const TYPES = ['boolean', 'string', 'number', 'object'] as const;

/** Undefined: JSON has no such value. */
function jsonOf(value: unknown): string | undefined {
  if (!TYPES.some(type => isOfType(value, type)) || (typeof value === 'number' && !Number.isFinite(value)))
    return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    // A bigint somewhere within.
    return undefined;
  }
}
