import { type EntityMetadata, type EntityName, helper, type InferEntity, type MetadataStorage } from '@mikro-orm/core';
import { type AnyConfig, type SyncDefinition, TenantryError } from '@tenantry/protocol';
import { describeArrived, isConfig } from '@tenantry/protocol/internal';
import { Config } from '../tables/config-tables.ts';
import { descendsFrom, type LinkedBy, linksOf, parentOf, targetOf } from './class-family.ts';
import { outboxNameOf, ReplicatedConfig } from './replicated-config.ts';
import type { ReplicatedDefinition } from './replicated-definition.ts';
import { ReplicatedEntity } from './replicated-entity.ts';

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

/** A definition's many-to-many collection. */
export interface HeldIn {
  readonly definition: ReplicatedEntity;
  readonly collection: string;
}

/** Which entities are replicated, found by class (whole inheritance trees) and by name; and which configs. */
export class DefinitionRegistry {
  readonly #storage: MetadataStorage;
  readonly #byName = new Map<string, ReplicatedEntity>();
  readonly #configs = new Map<string, ReplicatedConfig>();
  // By the config itself: every write asks.
  readonly #byConfig = new Map<AnyConfig, ReplicatedConfig>();
  readonly #byKey = new Map<string, AnyConfig>();
  // By class: an entity's metadata is that of whichever ORM of the process was started last.
  readonly #byClass = new Map<EntityClass, readonly ReplicatedEntity[]>();
  readonly #collections = new Map<EntityClass, readonly HeldIn[]>();
  readonly #links = new Map<EntityClass, LinkedBy[]>();
  readonly #byAncestor = new Map<EntityClass, readonly ReplicatedEntity[]>();

  constructor(entries: readonly SyncEntry[], storage: MetadataStorage) {
    this.#storage = storage;
    const all = [...storage] as EntityMetadata<object>[];
    for (const [entity, sync] of entries.map(checkPair)) {
      const meta = findMetadata(storage, entity, sync);
      const hierarchy = all.filter(each => descendsFrom(each, meta, storage));
      const definition = new ReplicatedEntity(meta, sync as SyncDefinition, hierarchy);
      if (this.#byName.has(definition.name))
        throw new TenantryError(
          'INVALID_DEFINITION',
          `Two definitions are named "${definition.name}": names are unique, they are part of every Redis name.`,
        );
      this.#byName.set(definition.name, definition);
      for (const link of linksOf(definition, hierarchy, storage))
        this.#links.set(link.pivot.class, [...(this.#links.get(link.pivot.class) ?? []), link]);
      for (const { class: each } of hierarchy)
        this.#byClass.set(each, [...(this.#byClass.get(each) ?? []), definition]);
      for (let each = parentOf(meta, storage); each; each = parentOf(each, storage))
        this.#byAncestor.set(each.class, [...(this.#byAncestor.get(each.class) ?? []), definition]);
    }
  }

  /** The definitions an entity belongs to: most entities, none. */
  of(entity: object): readonly ReplicatedEntity[] {
    const { __meta, __initialized } = helper(entity);
    const meta = __meta as EntityMetadata<object>;
    const own = this.ofClass(meta);
    const below = __initialized ? undefined : this.#byAncestor.get(meta.class);
    // A reference that was never loaded does not know which leaf of its class it is.
    return below ? [...own, ...below] : own;
  }

  /** The definitions every row of this class belongs to. */
  ofClass(meta: EntityMetadata<object>): readonly ReplicatedEntity[] {
    return this.#byClass.get(meta.class) ?? NONE;
  }

  /** The definitions that some rows of this class belong to. */
  familyDefinitions(meta: EntityMetadata<object>): readonly ReplicatedEntity[] {
    return [...this.ofClass(meta), ...(this.#byAncestor.get(meta.class) ?? NONE)];
  }

  /** The collections whose rows are written as entities of this class. */
  linkedBy(meta: EntityMetadata<object>): readonly LinkedBy[] {
    return this.#links.get(meta.class) ?? NO_LINKS;
  }

  /** The classes that share rows with this one: those it extends, and those that extend it. */
  familyOf(meta: EntityMetadata<object>): readonly EntityMetadata<object>[] {
    const own = this.#storage.find(meta.class as never) as EntityMetadata<object>;
    const all = [...this.#storage] as EntityMetadata<object>[];
    return all.filter(each => descendsFrom(each, own, this.#storage) || descendsFrom(own, each, this.#storage));
  }

  /** Every class whose rows are replicated. */
  classes(): EntityMetadata<object>[] {
    return [...this.#byClass.keys()].map(each => this.#storage.find(each as never) as EntityMetadata<object>);
  }

  /** The many-to-many collections that rows of this class may be in. */
  collectionsOf(meta: EntityMetadata<object>): readonly HeldIn[] {
    const known = this.#collections.get(meta.class);
    if (known) return known;
    const own = this.#storage.find(meta.class as never) as EntityMetadata<object>;
    const found = this.entities().flatMap(definition =>
      definition.collections
        .filter(name => descendsFrom(own, targetOf(definition, name, this.#storage), this.#storage))
        .map(collection => ({ definition, collection })),
    );
    this.#collections.set(meta.class, found);
    return found;
  }

  /** The definitions registered for exactly this class, schema or name. */
  registeredFor(entity: unknown): ReplicatedEntity[] {
    const meta = this.#storage.find(entity as never) as EntityMetadata<object> | undefined;
    return this.entities().filter(definition => definition.meta === meta);
  }

  named(name: string): ReplicatedDefinition | undefined {
    return this.#byName.get(name) ?? this.#configs.get(name);
  }

  /** Everything that is brought into Redis. */
  published(): ReplicatedDefinition[] {
    return [...this.#byName.values(), ...this.#configs.values()];
  }

  /** Those of the application, and Tenantry's own. */
  configs(): ReplicatedConfig[] {
    return [...this.#configs.values()];
  }

  config(config: AnyConfig): ReplicatedConfig | undefined {
    return this.#byConfig.get(config);
  }

  /** The config whose rows have this name. */
  configOfRows(configKey: string): AnyConfig | undefined {
    return this.#byKey.get(configKey);
  }

  /** Those of the application. Names of Tenantry's own begin with an `@`. */
  applicationConfigs(): AnyConfig[] {
    return this.configs().flatMap(({ config }) => (config.name.startsWith('@') ? [] : config));
  }

  /** The config of this name, or of this former name. */
  configNamed(name: string): AnyConfig | undefined {
    const own = name.startsWith('@') ? undefined : this.#configs.get(outboxNameOf({ name }));
    return own?.config ?? this.applicationConfigs().find(({ aliases }) => aliases.includes(name));
  }

  /** `INVALID_DEFINITION` where another config has its name, one of its aliases, its rows or its place in Redis. */
  addConfig(config: AnyConfig, clock: () => number, random: () => number): void {
    if (!config || !isConfig(config))
      throw new TenantryError(
        'INVALID_OPTION',
        `A config is made by \`defineConfig\`, got ${describeArrived(config)}.`,
      );
    for (const { config: other } of this.configs()) if (other !== config) checkApart(config, other);
    const meta = this.#storage.find(Config as never) as EntityMetadata<object>;
    const definition = new ReplicatedConfig(meta, config, clock, random);
    this.#configs.set(definition.name, definition);
    this.#byConfig.set(config, definition);
    this.#byKey.set(config.configKey, config);
  }

  removeConfig(config: AnyConfig): void {
    const definition = this.config(config);
    if (definition) definition.isRetired = true;
    this.#configs.delete(outboxNameOf(config));
    this.#byConfig.delete(config);
    if (definition) this.#byKey.delete(config.configKey);
  }

  entities(): ReplicatedEntity[] {
    return [...this.#byName.values()];
  }
}

const NONE: readonly ReplicatedEntity[] = [];
const NO_LINKS: readonly LinkedBy[] = [];

function checkApart(config: AnyConfig, other: AnyConfig): void {
  const refuse = (what: string): never => {
    throw new TenantryError('INVALID_DEFINITION', `"${config.name}": ${what}.`);
  };
  const clash = (['name', 'configKey', 'cacheKey'] as const).find(part => other[part] === config[part]);
  if (clash) refuse(`the config "${other.name}" has the \`${clash}\` "${other[clash]}" already`);
  // One name would mean two configs, or lead from one alias to the next.
  const alias = config.aliases.find(each => each === other.name || other.aliases.includes(each));
  if (alias === other.name) refuse(`its alias "${alias}" is the name of another config`);
  if (alias !== undefined) refuse(`its alias "${alias}" is an alias of the config "${other.name}", too`);
  if (other.aliases.includes(config.name)) refuse(`its name is an alias of the config "${other.name}"`);
}

function checkPair(entry: SyncEntry): SyncEntry {
  if (Array.isArray(entry) && typeof (entry as SyncEntry)[1]?.name === 'string') return entry;
  throw new TenantryError(
    'INVALID_OPTION',
    `\`sync\` takes pairs of an entity and its \`defineSync\` definition, got ${describeArrived(entry)}.`,
  );
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
