import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import type { ConfigRevisionRow } from '../tables/config-tables.ts';

/** A config as it stands before a change. */
export interface PresentConfig {
  /** 0: it never was set. */
  readonly version: number;
  /** Undefined: it is not set, or has expired. */
  readonly json: string | undefined;
}

/** What a write wants to make of one config, whichever policy it has. */
export interface ConfigChange {
  readonly definition: AnyConfig;
  readonly op: ConfigRevisionRow['op'];
  /** The new value as JSON text, checked; undefined takes it away. Throws typed errors. Must be free of effects: it may be asked twice. */
  next(present: PresentConfig): string | undefined;
  /** It does not matter what was there: a write-back need not read first. */
  readonly isBlind: boolean;
  readonly ifVersion: number | undefined;
  readonly must: 'be set' | 'not be set' | undefined;
  /** ms since 1970; 0 never. */
  readonly expiresAt: number;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly origin: string;
}

/** Throws `CONFLICT`, `KEY_EXISTS` or `NOT_FOUND` where the change may not be made to what stands. */
export function checkConditions({ definition, ifVersion, must }: ConfigChange, present: PresentConfig): void {
  const { name } = definition;
  const isSet = present.json !== undefined;
  const details = { currentVersion: present.version };
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
