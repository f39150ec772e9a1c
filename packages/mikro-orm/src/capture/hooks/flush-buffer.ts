import { type ChangeSet, ChangeSetType, type EntityMetadata, Reference } from '@mikro-orm/core';
import { type Tenant, TenantryError } from '@tenantry/protocol';
import { encodeRecordId } from '@tenantry/protocol/wire';
import type { LinkedBy } from '../../definitions/class-family.ts';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import { scalarOf } from '../../definitions/entity-property.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import type { StoredKeys } from '../../definitions/stored-keys.ts';
import { tenantIfReadable } from '../../definitions/tenant-of-row.ts';
import type { Before, RowChange } from '../../outbox/row-change.ts';
import type { OutboxRow } from '../../tables/outbox.ts';

/** The replicated rows that one flush changed, each once. */
export class FlushBuffer {
  readonly #registry: DefinitionRegistry;
  readonly #changes = new Map<string, RowChange>();
  readonly #tenantsBefore: Map<string, Tenant>;
  readonly #spelling = new Map<string, string>();
  /** Records whose only change is in a many-to-many table: their own row is not locked by it. */
  readonly #collectionOnly = new Set<string>();
  /** Records whose only known change so far is in another table of their table-per-type tree. */
  readonly #spanning = new Map<ReplicatedEntity, string[]>();
  readonly #locked = new Set<string>();
  readonly #written = new Set<string>();

  constructor(registry: DefinitionRegistry, tenantsBefore = new Map<string, Tenant>()) {
    this.#registry = registry;
    this.#tenantsBefore = tenantsBefore;
  }

  get changes(): RowChange[] {
    return [...this.#changes.values()];
  }

  /** Ids that rows were given, now or by an upsert: the database may spell them in another way. */
  *writtenKeys(definition: ReplicatedEntity): Iterable<string> {
    for (const [owner, change] of this.#changes)
      if (change.definition === definition && change.op !== 'delete' && this.#written.has(owner)) yield change.recordId;
  }

  /**
   * Names the changes of rows that were just written as the database names the rows. One whose row cannot be found again is not
   * taken for a delete: it is given up on, and said.
   */
  respell(definition: ReplicatedEntity, written: readonly string[], { stored, lost }: StoredKeys): void {
    const [only] = written.length === 1 ? written : [];
    const tenant = only === undefined ? undefined : this.#changes.get(definition.ownerOf(only))?.tenant;
    for (const id of written) this.#changes.delete(definition.ownerOf(id));
    const change = (recordId: string, error?: TenantryError): RowChange => ({
      ...{ definition, recordId, op: 'create', tenant, before: undefined },
      ...(error ? { error } : {}),
    });
    // An upsert in another spelling has its row here already, with the tenant it was in.
    for (const id of stored)
      if (!this.#changes.has(definition.ownerOf(id))) this.#changes.set(definition.ownerOf(id), change(id));
    for (const id of lost) this.#changes.set(definition.ownerOf(id), change(id, cannotBeFound(definition.name)));
  }

  /** Records of this definition that change, and whose own row the transaction may not have locked yet. */
  unlocked(definition: ReplicatedEntity): string[] {
    // Most flushes have none: they are spared a look at each of their changes.
    if (!definition.spansTables && this.#collectionOnly.size + this.#spanning.size === 0) return [];
    const mine = this.changes.filter(change => change.definition === definition);
    const changed = mine.filter(({ recordId, op }) =>
      definition.spansTables ? op === 'update' : this.#collectionOnly.has(definition.ownerOf(recordId)),
    );
    const recordIds = [...changed.map(({ recordId }) => recordId), ...(this.#spanning.get(definition) ?? [])];
    return [...new Set(recordIds)].filter(recordId => !this.#locked.has(definition.ownerOf(recordId)));
  }

  /** Says that the transaction holds the locks of these records. */
  locked(definition: ReplicatedEntity, recordIds: readonly string[]): void {
    for (const recordId of recordIds) this.#locked.add(definition.ownerOf(recordId));
  }

  /** Notes the rows that this will change in a table other than their own. Those that the flush creates itself are nobody else's. */
  announce({ entity, meta, type }: ChangeSet<object>, created: ReadonlySet<object>): void {
    const updates = type === ChangeSetType.UPDATE || type === ChangeSetType.UPDATE_EARLY;
    if (!updates && type !== ChangeSetType.CREATE) return;
    if (updates)
      for (const { definition, recordId } of this.#definitionsOf(entity)) {
        if (!definition.spansTables) continue;
        this.#spanning.set(definition, [...(this.#spanning.get(definition) ?? []), recordId]);
      }
    for (const link of this.#registry.linkedBy(meta as EntityMetadata<object>)) {
      const owner = (entity as Record<string, unknown>)[link.owner.name];
      if (!created.has(Reference.unwrapReference(owner as object))) this.addLink(link, entity);
    }
  }

  /** What the database had for a row, read under its lock before the change: its tenant, and how its id is spelled. */
  rememberRow(definition: ReplicatedEntity, recordId: string, row: object): void {
    const spelled = definition.recordIdOf(row);
    if (spelled !== recordId) this.#spelling.set(definition.ownerOf(recordId), spelled);
    const tenant = tenantIfReadable(definition, row);
    if (tenant !== undefined) this.#tenantsBefore.set(definition.ownerOf(spelled), tenant);
  }

  addCollectionOwner(entity: object): void {
    for (const { definition, recordId } of this.#definitionsOf(entity))
      this.addCollectionRow(definition, recordId, entity);
  }

  /** Of an entity, or of plain data that has at least the tenant. */
  addCollectionRow(definition: ReplicatedEntity, recordId: string, row: object): void {
    const owner = definition.ownerOf(recordId);
    if (this.#changes.has(owner)) return;
    const tenant = tenantIfReadable(definition, row);
    this.#changes.set(owner, { definition, recordId, op: 'update', tenant, before: undefined });
    this.#collectionOnly.add(owner);
  }

  /**
   * Called after the row's SQL. Two rows that swap a unique value are updated twice each, the second time without the
   * old value: the first before-image stays.
   */
  add(entity: object, op: OutboxRow['op'], changeSet: ChangeSet<object> | undefined): void {
    for (const { definition, recordId } of this.#definitionsOf(entity)) {
      if (changeSet) this.#addFormer(definition, changeSet);
      const owner = definition.ownerOf(recordId);
      const known = this.#changes.get(owner);
      const tenantBefore = this.#tenantsBefore.get(owner);
      const tenant =
        op === 'delete' ? (tenantBefore ?? tenantIfReadable(definition, entity)) : tenantIfReadable(definition, entity);
      this.#collectionOnly.delete(owner);
      if (op === 'create' || !changeSet || definition.meta.primaryKeys.some(name => name in changeSet.payload))
        this.#written.add(owner);
      if (known) {
        known.op = mergeOps(known.op, op);
        known.tenant = tenant ?? known.tenant;
        known.before ??= beforeOf(definition, changeSet, tenantBefore);
      } else {
        this.#changes.set(owner, {
          definition,
          recordId,
          op,
          tenant,
          before: beforeOf(definition, changeSet, tenantBefore),
        });
      }
    }
  }

  /** To readers, a row with another primary key is another record: the one it was is gone. */
  #addFormer(definition: ReplicatedEntity, changeSet: ChangeSet<object>): void {
    const former = definition.formerRecordId(changeSet);
    if (former === undefined) return;
    const recordId = this.#spelling.get(definition.ownerOf(former)) ?? former;
    const owner = definition.ownerOf(recordId);
    const before = beforeOf(definition, changeSet, this.#tenantsBefore.get(owner));
    const tenant = before?.tenant;
    this.#collectionOnly.delete(owner);
    this.#changes.set(owner, { definition, recordId, op: 'delete', tenant, before });
  }

  /** A row of a many-to-many table was written as an entity: its owner's collection changed. */
  addLink({ definition, owner }: LinkedBy, link: object): void {
    const key = scalarOf((link as Record<string, unknown>)[owner.name]);
    if (key === undefined || key === null) return;
    this.addCollectionRow(definition, encodeRecordId([key].flat()), {});
  }

  /** Whether it is known what the database had for this row. */
  remembers(definition: ReplicatedEntity, recordId: string): boolean {
    return this.#tenantsBefore.has(definition.ownerOf(recordId));
  }

  #definitionsOf(entity: object): { definition: ReplicatedEntity; recordId: string }[] {
    return this.#registry.of(entity).map(definition => {
      const recordId = definition.recordIdOf(entity);
      const spelled = this.#spelling.size > 0 ? this.#spelling.get(definition.ownerOf(recordId)) : undefined;
      return { definition, recordId: spelled ?? recordId };
    });
  }
}

function cannotBeFound(name: string): TenantryError {
  return new TenantryError(
    'INVALID_KEY',
    `"${name}": a row was written, and cannot be found again by its primary key, which the database keeps otherwise than it was given. The row is committed and not replicated. Give the key a type that keeps what it is given.`,
  );
}

function mergeOps(first: OutboxRow['op'], second: OutboxRow['op']): OutboxRow['op'] {
  if (second === 'delete') return 'delete';
  return first === 'delete' ? 'update' : first;
}

/** Redis remembers where a record stands; this is for the day it forgot, and for a move between tenants. */
function beforeOf(
  definition: ReplicatedEntity,
  changeSet: ChangeSet<object> | undefined,
  tenantBefore: Tenant | undefined,
): Before | undefined {
  const names = definition.addressProperties;
  const moved = changeSet?.originalEntity !== undefined && names.some(name => isChanged(changeSet, name));
  if (!moved && tenantBefore === undefined) return undefined;
  const original =
    changeSet?.originalEntity && definition.loadedValues(changeSet.entity, changeSet.originalEntity, names);
  return {
    tenant: tenantBefore ?? (original && tenantIfReadable(definition, original)),
    addresses: original && definition.addressesOf(original),
  };
}

/** What PostgreSQL answers to an insert may be in the next update of the row as it was. */
function isChanged({ payload, originalEntity }: ChangeSet<object>, name: string): boolean {
  const [now, before] = [payload, originalEntity] as [Record<string, unknown>, Record<string, unknown>];
  return name in now && now[name] !== before[name];
}
