import type { AnyConfig } from '@tenantry/protocol';
import { deepFreeze, parseConfigValue } from '@tenantry/protocol/internal';
import { checkRegistered } from '../../configs/check-registered.ts';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { readConfigRows } from '../../configs/read-config-rows.ts';
import type { RedisReader } from '../../write-back/redis-reader.ts';

/** A set value as the store has it. */
export interface StoredConfig<T> {
  /** As the schema gives it, frozen in depth. Of a config with `inherit: 'merge'`, what is set in this very scope, as it is stored. */
  readonly value: T;
  readonly version: number;
  readonly updatedAt: Date;
  /** The `actor` of the write. */
  readonly updatedBy: string | undefined;
  readonly expiresAt: Date | undefined;
  /** True: the value is an acknowledged write-back that the database does not have yet. */
  readonly dirty: boolean;
}

/** The values of a tenant's configs that are set, by name. Redis goes before the database for what is written back. */
export async function getConfigs(
  parts: ConfigParts,
  reader: Pick<RedisReader, 'present'>,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<ReadonlyMap<string, StoredConfig<unknown>>> {
  for (const definition of definitions) checkRegistered(parts, definition);
  const found = new Map<string, StoredConfig<unknown>>();
  const inRedis = definitions.filter(
    ({ writePolicy, persistence }) => writePolicy === 'write-back' || persistence === 'none',
  );
  // Redis before the rows: a value that is flushed in between is then found in both, and not in neither.
  const present = inRedis.length > 0 ? await reader.present(tenant, inRedis) : new Map<string, never>();
  const kept = definitions.filter(({ persistence }) => persistence === 'database');
  const rows = await readConfigRows(parts, tenant, kept);
  for (const definition of definitions) {
    const stored = present.get(definition.name) ?? rows.get(definition.name);
    if (stored?.json === undefined) continue;
    const { version, updatedAt, updatedBy, expiresAt } = stored;
    found.set(definition.name, {
      value: shownValue(definition, JSON.parse(stored.json)),
      version,
      updatedAt: new Date(updatedAt),
      updatedBy: updatedBy ?? undefined,
      expiresAt: expiresAt > 0 ? new Date(expiresAt) : undefined,
      dirty: stored.dirty,
    });
  }
  return found;
}

/** A part of a value may be none that the schema takes. */
function shownValue(definition: AnyConfig, stored: unknown): unknown {
  return definition.inherit === 'merge' ? deepFreeze(stored) : parseConfigValue(definition, stored);
}
