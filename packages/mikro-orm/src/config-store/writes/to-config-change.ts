import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { describeArrived, encodeConfigValue, refuseOption, toJsonText } from '@tenantry/protocol/internal';
import type { ConfigChange, PresentConfig } from '../../configs/config-change.ts';
import { hasMask, unmask } from '../../configs/secret-mask.ts';
import type { Identity, WriteOptions } from '../config-store.ts';
import { mergePatch } from './merge-patch.ts';

/** How a write is meant. */
export type Verb = 'set' | 'create' | 'update' | 'patch' | 'unset';

/** The last moment that a date can be. */
const LATEST = 8_640_000_000_000_000;
const TEXTS = { actor: 255, reason: 1_000, origin: 255 } as const;
const MUST: Readonly<Record<Verb, ConfigChange['must']>> = {
  set: undefined,
  create: 'not be set',
  update: 'be set',
  patch: undefined,
  unset: 'be set',
};

/** Checks a write before anything is touched, and says what it does to what stands. */
export function toConfigChange(
  verb: Verb,
  definition: AnyConfig,
  value: unknown,
  { ifVersion, expiresAt, origin = 'api', ...given }: WriteOptions,
  around: Identity,
): ConfigChange {
  const { actor = around.actor, reason = around.reason } = given;
  checkText('actor', actor);
  checkText('reason', reason);
  checkText('origin', origin);
  if (ifVersion !== undefined && !(Number.isSafeInteger(ifVersion) && ifVersion >= 0))
    refuseOption('ifVersion', 'a version, a whole number of at least 0', ifVersion);
  const next = nextOf(verb, definition, value);
  return {
    definition,
    op: verb === 'unset' ? 'unset' : 'set',
    next,
    isBlind: verb === 'set' && !(definition.secret && hasMask(value)) && ifVersion === undefined,
    ifVersion,
    must: MUST[verb],
    expiresAt: timeOf(expiresAt),
    actor: actor ?? null,
    reason: reason ?? null,
    origin,
  };
}

function nextOf(verb: Verb, definition: AnyConfig, value: unknown): ConfigChange['next'] {
  if (verb === 'unset') return () => undefined;
  if (verb === 'patch') {
    // What it is merged into is only known later; what can be said of it by itself is said now.
    const patch: unknown = JSON.parse(toJsonText(value));
    mergePatch(definition.name, {}, patch);
    return present =>
      encodeConfigValue(
        definition,
        revealed(definition, mergePatch(definition.name, base(definition, present), patch), present),
      );
  }
  if (definition.secret) {
    const set: unknown = JSON.parse(toJsonText(value));
    return present => encodeConfigValue(definition, revealed(definition, set, present));
  }
  const text = encodeConfigValue(definition, value);
  return () => text;
}

function base({ defaultJson }: AnyConfig, { json }: PresentConfig): unknown {
  const text = json ?? defaultJson;
  return text === undefined ? {} : JSON.parse(text);
}

/** A mask that was read and comes back must not become the secret. */
function revealed({ secret }: AnyConfig, next: unknown, { json }: PresentConfig): unknown {
  return secret ? unmask(next, json === undefined ? undefined : JSON.parse(json)) : next;
}

function timeOf(expiresAt: WriteOptions['expiresAt']): number {
  if (expiresAt === undefined) return 0;
  const ms = expiresAt instanceof Date ? expiresAt.getTime() : expiresAt;
  if (Number.isSafeInteger(ms) && ms > 0 && ms <= LATEST) return ms;
  return refuseOption(
    'expiresAt',
    'a valid date or whole ms since 1970, above 0',
    expiresAt instanceof Date ? String(expiresAt) : expiresAt,
  );
}

function checkText(name: keyof typeof TEXTS, text: unknown): void {
  if (text === undefined) return;
  if (typeof text !== 'string' || text.length > TEXTS[name] || !text.isWellFormed())
    throw new TenantryError(
      'INVALID_OPTION',
      `\`${name}\` must be text of at most ${TEXTS[name]} characters, got ${typeof text === 'string' ? `${text.length} characters` : describeArrived(text)}.`,
    );
}
