import { createHash } from 'node:crypto';
import type { AnyConfig } from '@tenantry/protocol';
import { jsonSchemaOf } from '@tenantry/protocol/internal';
import type { ReplicatedEntity } from '../definitions/replicated-entity.ts';

/**
 * One text for everything that decides what is stored of a config and what readers get of it: a hash of its options, a dot, and a hash of its
 * schema as JSON Schema, or `-` where its library cannot say it. It has no part of a secret's values, which could be guessed from a hash.
 */
export function configFingerprint(config: AnyConfig): string {
  const { inherit, mergeListsBy, writePolicy, persistence, secret, configKey, cacheKey, cache, expand } = config;
  const { ttlMs, maxBytes, aliases, defaultJson } = config;
  const options = {
    ...{ inherit, mergeListsBy, writePolicy, persistence, secret, configKey, cacheKey, cache, expand },
    ...{ ttlMs, maxBytes, aliases, defaultJson: secret ? undefined : defaultJson },
  };
  const { schema } = jsonSchemaOf(config);
  return `${digest(options)}.${schema === undefined ? '-' : digest(schema)}`;
}

/** The same of an entity: its table, tenant, keys, and the properties that readers get. */
export function entityFingerprint({ meta, sync, fields, collections }: ReplicatedEntity): string {
  const { tenant, keys, pick, omit, maxBytes } = sync;
  return digest({ table: meta.tableName, tenant, keys, pick, omit, maxBytes, fields, collections });
}

/** A short hash, the same in whatever order properties stand. */
export function digest(of: unknown): string {
  const sorted = JSON.stringify(of, (_, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(sorted).digest('base64url').slice(0, 12);
}
