import { ReplicatedConfig } from './replicated-config.ts';
import type { ReplicatedSource } from './replicated-entity.ts';
import type { SourceRegistry } from './source-registry.ts';

/** A record of Redis whose source is known here: a row of an entity, or one config of one tenant. */
export type NamedRecord =
  | { readonly owner: string; readonly source: ReplicatedSource; readonly recordId: string }
  | { readonly owner: string; readonly source: ReplicatedConfig };

/** Tells whose record a name in Redis is; undefined for that of a source nobody here knows. */
export type NameRecord = (owner: string) => NamedRecord | undefined;

/** As the registry is now. */
export function createNameRecord(registry: SourceRegistry): NameRecord {
  const configs = new Map(registry.configs().map(source => [source.definition.address, source]));
  // What stands before the first colon of an owner is the same for all records of a source.
  const entities = new Map(registry.all().map(source => [source.ownerOf(''), source]));
  return owner => {
    const config = configs.get(owner);
    if (config) return { owner, source: config };
    const recordIdAt = owner.indexOf(':') + 1;
    const source = entities.get(owner.slice(0, recordIdAt));
    return source && { owner, source, recordId: owner.slice(recordIdAt) };
  };
}

/** A config that Redis alone has: there is nothing to compare it with. */
export function isOnlyInRedis({ source }: NamedRecord): boolean {
  return source instanceof ReplicatedConfig && source.definition.persistence === 'none';
}
