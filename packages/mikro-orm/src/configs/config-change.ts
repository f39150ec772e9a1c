import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import type { ConfigRevisionRow } from '../tables/config-tables.ts';
import type { PresentConfig } from './config-rows.ts';

/** A change that a write is to make to one config, whatever the config's policy. */
export interface ConfigChange {
  readonly definition: AnyConfig;
  readonly op: ConfigRevisionRow['op'];
  /**
   * The next value as JSON text, checked; undefined takes the value away. Throws typed errors. It has no effects, because
   * it is called again when another writer was faster.
   */
  next(present: PresentConfig): string | undefined;
  /** True: the next value does not depend on the present one, so a write-back need not read first. */
  readonly isBlind: boolean;
  readonly ifVersion: number | undefined;
  readonly must: 'be set' | 'not be set' | undefined;
  /** ms since 1970; 0 never; `kept`: the value goes on to end when it ends now. */
  readonly expiresAt: number | 'kept';
  readonly actor: string | null;
  readonly reason: string | null;
  readonly origin: string;
  readonly via: string | null;
}

/** When the next value ends, in ms since 1970; 0 never. What is not set, or has ended, has no end that would be kept. */
export function endOf(change: Pick<ConfigChange, 'definition' | 'expiresAt'>, present: PresentConfig): number {
  const { definition, expiresAt } = change;
  if (expiresAt !== 'kept') return expiresAt;
  // Where nobody has the value but Redis, its end is that of its ttl, too, and a write begins a new one.
  const isOfTtl = definition.persistence === 'none' && definition.ttlMs !== undefined;
  return present.json === undefined || isOfTtl ? 0 : present.expiresAt;
}

/** Throws `CONFLICT`, `KEY_EXISTS` or `NOT_FOUND` if the present config does not allow the change. */
export function checkConditions({ definition, ifVersion, must }: ConfigChange, present: PresentConfig): void {
  const { name } = definition;
  const isSet = present.json !== undefined;
  const details = { currentVersion: present.version, config: name };
  if (ifVersion !== undefined && ifVersion !== present.version)
    throw new TenantryError(
      'CONFLICT',
      `"${name}" is at version ${present.version}, not ${ifVersion}: somebody else wrote since. Nothing was written; read it again.`,
      { details },
    );
  if (must === 'not be set' && isSet)
    throw new TenantryError(
      'KEY_EXISTS',
      `"${name}" is set already, at version ${present.version}: nothing was written.`,
      {
        details,
      },
    );
  if (must === 'be set' && !isSet)
    throw new TenantryError('NOT_FOUND', `"${name}" is not set: nothing was written. Use \`set\` or \`create\`.`, {
      details,
    });
}
