import { type AnyConfig, type KeptConfig, type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { describeArrived } from '@tenantry/protocol/internal';

/** What a source may answer for one config. */
export type SourceAnswer = LoadedConfig | KeptConfig | undefined;

const KEPT: readonly unknown[] = ['filled', 'newer', 'ended'] satisfies KeptConfig['kept'][];

/**
 * The answer of a source for one config, with every number looked at. A version that memory may never go below is believed for ever: one
 * that is NaN or above 2^53 would keep out every later one. Throws `INVALID_VERSION`, and `INVALID_VALUE` for the rest.
 */
export function checkAnswer({ name }: AnyConfig, answer: unknown): SourceAnswer {
  if (answer === undefined) return undefined;
  const refuse = (code: 'INVALID_VERSION' | 'INVALID_VALUE', what: string, expected: string, got: unknown): never => {
    throw new TenantryError(
      code,
      `"${name}": ${what} from the source must be ${expected}, got ${describeArrived(got)}. It is not used: what was there before stays.`,
    );
  };
  if (typeof answer !== 'object' || answer === null)
    return refuse('INVALID_VALUE', 'an answer', 'an object or undefined', answer);
  const { version, kept, json, updatedAt, expiresAt } = answer as Partial<Record<string, unknown>>;
  const hasValue = kept === undefined && json !== undefined;
  // 0 is "it never was set", and a value was.
  if (!isWhole(version) || (hasValue && version === 0))
    refuse('INVALID_VERSION', 'a version', `a whole number from ${hasValue ? 1 : 0} to 2^53 - 1`, version);
  if (kept !== undefined) {
    if (!KEPT.includes(kept)) refuse('INVALID_VALUE', '`kept`', 'filled, newer or ended', kept);
    return answer as KeptConfig;
  }
  // Not shown: it may be a secret.
  if (hasValue && typeof json !== 'string') refuse('INVALID_VALUE', '`json`', 'text or undefined', typeof json);
  for (const [what, ms] of Object.entries({ updatedAt, expiresAt }))
    if (!isTime(ms)) refuse('INVALID_VALUE', `\`${what}\``, 'in ms since 1970, 0 or more', ms);
  return answer as LoadedConfig;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
