import type { DefinitionRegistry } from './definition-registry.ts';
import { ReplicatedConfig } from './replicated-config.ts';
import type { ReplicatedEntity } from './replicated-entity.ts';

/** A record of Redis whose definition is known here: a row of an entity, or one config of one tenant. */
export type KnownRecord =
  | { readonly owner: string; readonly definition: ReplicatedEntity; readonly recordId: string }
  | { readonly owner: string; readonly definition: ReplicatedConfig };

/** Tells whose record a name in Redis is; undefined for that of a definition nobody here knows. */
export type OwnerResolver = (owner: string) => KnownRecord | undefined;

/** As the registry is now. */
export function createOwnerResolver(registry: DefinitionRegistry): OwnerResolver {
  const configs = new Map(registry.configs().map(definition => [definition.config.address, definition]));
  // What stands before the first colon of an owner is the same for all records of a definition.
  const entities = new Map(registry.entities().map(definition => [definition.ownerOf(''), definition]));
  return owner => {
    const config = configs.get(owner);
    if (config) return { owner, definition: config };
    const recordIdAt = owner.indexOf(':') + 1;
    const definition = entities.get(owner.slice(0, recordIdAt));
    return definition && { owner, definition, recordId: owner.slice(recordIdAt) };
  };
}

/** A config that Redis alone has: there is nothing to compare it with. */
export function isOnlyInRedis({ definition }: KnownRecord): boolean {
  return definition instanceof ReplicatedConfig && definition.config.persistence === 'none';
}
