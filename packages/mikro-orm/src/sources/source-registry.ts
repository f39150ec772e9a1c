import { type EntityMetadata, type EntityName, helper, type InferEntity, type MetadataStorage } from '@mikro-orm/core';
import { type AnyConfig, type SyncDefinition, TenantryError } from '@tenantry/protocol';
import { describeArrived, isConfig } from '@tenantry/protocol/internal';
import { Config } from '../tables/config-tables.ts';
import { ReplicatedConfig, sourceOfConfig } from './replicated-config.ts';
import { ReplicatedSource } from './replicated-entity.ts';
import type { PublishedSource } from './replicated-source.ts';

/** An entity's class or schema, with the definition under which it is replicated. */
export type SyncEntry = readonly [entity: object, definition: SyncDefinition<never, never, unknown>];

/** The same list, where a definition of another entity does not compile. */
export type CheckedSync<Entries extends readonly SyncEntry[]> = {
  readonly [I in keyof Entries]: Entries[I] extends readonly [infer Entity, infer Definition]
    ? readonly [EntityOf<Definition, Entity>, Definition]
    : Entries[I];
};

/** What stands where the entity of this definition was expected: that entity, or the one it should have been. */
type EntityOf<Definition, Entity> =
  Definition extends SyncDefinition<infer Defined, infer _Keys, infer _Value>
    ? [Defined] extends [never]
      ? Entity
      : [InferEntity<Entity>] extends [Defined]
        ? Entity
        : EntityName<Defined>
    : Entity;

type EntityClass = EntityMetadata<object>['class'];

/** A source's many-to-many collection. */
interface HeldIn {
  readonly source: ReplicatedSource;
  readonly collection: string;
}

/** Which entities are replicated, found by class (whole inheritance trees) and by name; and which configs. */
export class SourceRegistry {
  readonly #storage: MetadataStorage;
  readonly #byName = new Map<string, ReplicatedSource>();
  readonly #configs = new Map<string, ReplicatedConfig>();
  // By definition: every write asks.
  readonly #byDefinition = new Map<AnyConfig, ReplicatedConfig>();
  // By class: an entity's metadata is that of whichever ORM of the process was started last.
  readonly #byClass = new Map<EntityClass, readonly ReplicatedSource[]>();
  readonly #collections = new Map<EntityClass, readonly HeldIn[]>();
  readonly #byAncestor = new Map<EntityClass, readonly ReplicatedSource[]>();

  constructor(entries: readonly SyncEntry[], storage: MetadataStorage) {
    this.#storage = storage;
    const all = [...storage] as EntityMetadata<object>[];
    for (const [entity, definition] of entries.map(checkPair)) {
      const meta = findMetadata(storage, entity, definition);
      const hierarchy = all.filter(each => descendsFrom(each, meta, storage));
      const source = new ReplicatedSource(meta, definition as SyncDefinition, hierarchy);
      if (this.#byName.has(source.name))
        throw new TenantryError(
          'INVALID_DEFINITION',
          `Two definitions are named "${source.name}": names are unique, they are part of every Redis name.`,
        );
      this.#byName.set(source.name, source);
      for (const { class: each } of hierarchy) this.#byClass.set(each, [...(this.#byClass.get(each) ?? []), source]);
      for (let each = parentOf(meta, storage); each; each = parentOf(each, storage))
        this.#byAncestor.set(each.class, [...(this.#byAncestor.get(each.class) ?? []), source]);
    }
  }

  /** The sources an entity belongs to: most entities, none. */
  of(entity: object): readonly ReplicatedSource[] {
    const { __meta, __initialized } = helper(entity);
    const meta = __meta as EntityMetadata<object>;
    const own = this.ofClass(meta);
    const below = __initialized ? undefined : this.#byAncestor.get(meta.class);
    // A reference that was never loaded does not know which leaf of its class it is.
    return below ? [...own, ...below] : own;
  }

  /** The sources every row of this class belongs to. */
  ofClass(meta: EntityMetadata<object>): readonly ReplicatedSource[] {
    return this.#byClass.get(meta.class) ?? NONE;
  }

  /** The many-to-many collections that rows of this class may be in. */
  collectionsOf(meta: EntityMetadata<object>): readonly HeldIn[] {
    const known = this.#collections.get(meta.class);
    if (known) return known;
    const own = this.#storage.find(meta.class as never) as EntityMetadata<object>;
    const found = this.all().flatMap(source =>
      source.collections
        .filter(name => descendsFrom(own, targetOf(source, name, this.#storage), this.#storage))
        .map(collection => ({ source, collection })),
    );
    this.#collections.set(meta.class, found);
    return found;
  }

  /** The sources registered for exactly this class, schema or name. */
  registeredFor(entity: unknown): ReplicatedSource[] {
    const meta = this.#storage.find(entity as never) as EntityMetadata<object> | undefined;
    return this.all().filter(source => source.meta === meta);
  }

  named(name: string): PublishedSource | undefined {
    return this.#byName.get(name) ?? this.#configs.get(name);
  }

  /** Everything that is brought into Redis. */
  published(): PublishedSource[] {
    return [...this.#byName.values(), ...this.#configs.values()];
  }

  configs(): ReplicatedConfig[] {
    return [...this.#configs.values()];
  }

  config(definition: AnyConfig): ReplicatedConfig | undefined {
    return this.#byDefinition.get(definition);
  }

  /** `INVALID_DEFINITION` where another config has its name, its rows or its place in Redis. */
  addConfig(definition: AnyConfig, clock: () => number, random: () => number): void {
    if (!definition || !isConfig(definition))
      throw new TenantryError(
        'INVALID_OPTION',
        `A config is made by \`defineConfig\`, got ${describeArrived(definition)}.`,
      );
    for (const { definition: other } of this.configs()) {
      const clash = (['name', 'configKey', 'cacheKey'] as const).find(part => other[part] === definition[part]);
      if (clash && other !== definition)
        throw new TenantryError(
          'INVALID_DEFINITION',
          `"${definition.name}": the config "${other.name}" has the \`${clash}\` "${other[clash]}" already.`,
        );
    }
    const meta = this.#storage.find(Config as never) as EntityMetadata<object>;
    const source = new ReplicatedConfig(meta, definition, clock, random);
    this.#configs.set(source.name, source);
    this.#byDefinition.set(definition, source);
  }

  removeConfig(definition: AnyConfig): void {
    const source = this.config(definition);
    if (source) source.isRetired = true;
    this.#configs.delete(sourceOfConfig(definition));
    this.#byDefinition.delete(definition);
  }

  all(): ReplicatedSource[] {
    return [...this.#byName.values()];
  }
}

const NONE: readonly ReplicatedSource[] = [];

function checkPair(entry: SyncEntry): SyncEntry {
  if (Array.isArray(entry) && typeof (entry as SyncEntry)[1]?.name === 'string') return entry;
  throw new TenantryError(
    'INVALID_OPTION',
    `\`sync\` takes pairs of an entity and its \`defineSync\` definition, got ${describeArrived(entry)}.`,
  );
}

// A property's `targetMeta` may be a copy of what the storage has.
function targetOf({ meta }: ReplicatedSource, collection: string, storage: MetadataStorage): EntityMetadata<object> {
  const property = meta.props.find(each => each.name === collection);
  return storage.find(property?.targetMeta?.class as never) as EntityMetadata<object>;
}

function findMetadata(
  storage: MetadataStorage,
  entity: unknown,
  definition: SyncDefinition<never, never, unknown>,
): EntityMetadata<object> {
  const { name } = definition;
  const meta = entity ? storage.find(entity as never) : undefined;
  if (meta) return meta as EntityMetadata<object>;
  throw new TenantryError('INVALID_DEFINITION', `"${name}": its entity is not among the ORM's \`entities\`.`);
}

function descendsFrom(
  meta: EntityMetadata<object>,
  ancestor: EntityMetadata<object>,
  storage: MetadataStorage,
): boolean {
  for (let each: EntityMetadata<object> | undefined = meta; each; each = parentOf(each, storage)) {
    if (each === ancestor) return true;
  }
  return false;
}

function parentOf(meta: EntityMetadata<object>, storage: MetadataStorage): EntityMetadata<object> | undefined {
  return meta.extends ? (storage.find(meta.extends as never) as EntityMetadata<object> | undefined) : undefined;
}
