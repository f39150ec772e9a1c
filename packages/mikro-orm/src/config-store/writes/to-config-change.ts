import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { GROUPS_NAME, hasMask, nextValue, refuseOption } from '@tenantry/protocol/internal';
import type { ConfigChange } from '../../configs/config-change.ts';
import { checkIdentity, type Identity } from '../../configs/identity.ts';
import type { WriteOptions } from '../../configs/write-options.ts';

/** The verb of a write: it decides what must be set before, and how the value is made. */
export type Verb = 'set' | 'create' | 'update' | 'patch' | 'unset';

/** The last moment that a JavaScript date can name. */
const LATEST = 8_640_000_000_000_000;
const MUST: Readonly<Record<Verb, ConfigChange['must']>> = {
  set: undefined,
  create: 'not be set',
  update: 'be set',
  patch: undefined,
  unset: 'be set',
};

/** Checks a write before anything is touched, and makes the change that turns the present value into the next. */
export function toConfigChange(
  verb: Verb,
  definition: AnyConfig,
  value: unknown,
  { ifVersion, expiresAt, readToken, origin = 'api', ...given }: WriteOptions,
  around: Identity,
): ConfigChange {
  const { actor = around.actor, reason = around.reason, via = around.via } = given;
  checkIdentity({ actor, reason, via, origin });
  if (ifVersion !== undefined && !(Number.isSafeInteger(ifVersion) && ifVersion >= 0))
    refuseOption('ifVersion', 'a version, a whole number of at least 0', ifVersion);
  if (readToken !== undefined && typeof readToken !== 'boolean') refuseOption('readToken', 'true or false', readToken);
  if (expiresAt != null && (definition.inherit === 'merge' || definition.name === GROUPS_NAME))
    throw new TenantryError(
      'INVALID_OPTION',
      `"${definition.name}": \`expiresAt\` would end it at a moment when nobody checks what comes of it in other scopes. Unset it instead.`,
    );
  const made = nextValue(verb === 'patch' || verb === 'unset' ? verb : 'set', definition, value);
  return {
    definition,
    op: verb === 'unset' ? 'unset' : 'set',
    next: ({ json }) => made(json),
    isBlind: verb === 'set' && !(definition.secret && hasMask(value)) && ifVersion === undefined,
    ifVersion,
    // What it would be merged into belongs to another scope.
    must: verb === 'patch' && definition.inherit === 'replace' ? 'be set' : MUST[verb],
    expiresAt: verb === 'patch' && expiresAt === undefined ? 'kept' : timeOf(expiresAt),
    actor: actor ?? null,
    reason: reason ?? null,
    origin,
    via: via ?? null,
  };
}

function timeOf(expiresAt: WriteOptions['expiresAt']): number {
  if (expiresAt == null) return 0;
  const ms = expiresAt instanceof Date ? expiresAt.getTime() : expiresAt;
  if (Number.isSafeInteger(ms) && ms > 0 && ms <= LATEST) return ms;
  return refuseOption(
    'expiresAt',
    'a valid date, whole ms since 1970 above 0, or null',
    expiresAt instanceof Date ? String(expiresAt) : expiresAt,
  );
}
