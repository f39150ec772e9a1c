import {
  type ChangeSet,
  ChangeSetType,
  type EntityManager,
  type EntityMetadata,
  type EntityProperty,
} from '@mikro-orm/core';
import type { Dialect } from '../../database/dialect.ts';
import { selectOwn } from '../../database/own-queries.ts';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';

/**
 * Definitions whose tenant the database may work out itself: in a generated column, or in a trigger of the application's own. No
 * change set tells that such a row moved, so each update of one has to look where it was.
 */
export class DecidedTenants {
  readonly #registry: DefinitionRegistry;
  #tables: ReadonlySet<string> | undefined;
  readonly #answers = new Map<ReplicatedEntity, boolean>();

  constructor(registry: DefinitionRegistry) {
    this.#registry = registry;
  }

  /** Asks the database once in the life of the process which tables have triggers. */
  async look(em: EntityManager, changeSets: readonly ChangeSet<object>[], { updateTriggers }: Dialect): Promise<void> {
    const updates = (each: ChangeSet<object>) => each.type !== ChangeSetType.CREATE && this.#hasTenant(each.entity);
    if (this.#tables || !changeSets.some(updates)) return;
    const rows = await selectOwn<{ name: string }>(em, updateTriggers, [], em.getTransactionContext());
    this.#tables = new Set(rows.map(({ name }) => name));
    this.#answers.clear();
  }

  has(definition: ReplicatedEntity): boolean {
    const known = this.#answers.get(definition);
    if (known !== undefined) return known;
    const answer = this.#isDecided(definition);
    this.#answers.set(definition, answer);
    return answer;
  }

  #isDecided({ sync, meta }: ReplicatedEntity): boolean {
    if (sync.tenant === undefined) return false;
    const family = this.#registry.familyOf(meta);
    const properties = family.map(
      each => (each.properties as Record<string, EntityProperty<object>>)[sync.tenant ?? ''],
    );
    return properties.some(each => each?.generated !== undefined) || family.some(each => this.#isTriggered(each));
  }

  #hasTenant(entity: object): boolean {
    return this.#registry.of(entity).some(({ hasTenants }) => hasTenants);
  }

  #isTriggered(meta: EntityMetadata<object>): boolean {
    return this.#tables?.has(meta.tableName) === true;
  }
}
