import type { ChangeSet } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import type { Before, CapturedChange } from '../../outbox/row-change.ts';
import type { ReplicatedSource } from '../../sources/replicated-entity.ts';
import type { SourceRegistry } from '../../sources/source-registry.ts';
import type { OutboxRow } from '../../tables/outbox.ts';

/** The replicated rows that one flush changed, each once. */
export class FlushBuffer {
  readonly #registry: SourceRegistry;
  readonly #changes = new Map<string, CapturedChange>();
  readonly #tenantsBefore: Map<string, Tenant>;
  readonly #spelling = new Map<string, string>();
  /** Records whose only change is in a many-to-many table: their own row is not locked by it. */
  readonly #collectionOnly = new Set<string>();

  constructor(registry: SourceRegistry, tenantsBefore = new Map<string, Tenant>()) {
    this.#registry = registry;
    this.#tenantsBefore = tenantsBefore;
  }

  get changes(): CapturedChange[] {
    return [...this.#changes.values()];
  }

  /** Changes of this source whose own row the transaction may not have locked yet. */
  unlocked(source: ReplicatedSource): CapturedChange[] {
    const mine = this.changes.filter(change => change.source === source);
    return mine.filter(({ recordId, op }) =>
      source.spansTables ? op === 'update' : this.#collectionOnly.has(source.ownerOf(recordId)),
    );
  }

  /** What the database had for a row, read under its lock before the change: its tenant, and how its id is spelled. */
  rememberRow(source: ReplicatedSource, recordId: string, row: object): void {
    const spelled = source.recordIdOf(row);
    if (spelled !== recordId) this.#spelling.set(source.ownerOf(recordId), spelled);
    const tenant = tenantOrUnknown(source, row);
    if (tenant !== undefined) this.#tenantsBefore.set(source.ownerOf(spelled), tenant);
  }

  addCollectionOwner(entity: object): void {
    for (const { source, recordId } of this.#sourcesOf(entity)) this.addCollectionRow(source, recordId, entity);
  }

  /** Of an entity, or of plain data that has at least the tenant. */
  addCollectionRow(source: ReplicatedSource, recordId: string, row: object): void {
    const owner = source.ownerOf(recordId);
    if (this.#changes.has(owner)) return;
    const tenant = tenantOrUnknown(source, row);
    this.#changes.set(owner, { source, recordId, op: 'update', tenant, before: undefined });
    this.#collectionOnly.add(owner);
  }

  /**
   * Called after the row's SQL. Two rows that swap a unique value are updated twice each, the second time without the
   * old value: the first before-image stays.
   */
  add(entity: object, op: OutboxRow['op'], changeSet: ChangeSet<object> | undefined): void {
    for (const { source, recordId } of this.#sourcesOf(entity)) {
      if (changeSet) this.#addFormer(source, changeSet);
      const owner = source.ownerOf(recordId);
      const known = this.#changes.get(owner);
      const tenantBefore = this.#tenantsBefore.get(owner);
      const tenant =
        op === 'delete' ? (tenantBefore ?? tenantOrUnknown(source, entity)) : tenantOrUnknown(source, entity);
      this.#collectionOnly.delete(owner);
      if (known) {
        known.op = mergeOps(known.op, op);
        known.tenant = tenant ?? known.tenant;
        known.before ??= beforeOf(source, changeSet, tenantBefore);
      } else {
        this.#changes.set(owner, { source, recordId, op, tenant, before: beforeOf(source, changeSet, tenantBefore) });
      }
    }
  }

  /** To readers, a row with another primary key is another record: the one it was is gone. */
  #addFormer(source: ReplicatedSource, changeSet: ChangeSet<object>): void {
    const former = source.formerRecordId(changeSet);
    if (former === undefined) return;
    const recordId = this.#spelling.get(source.ownerOf(former)) ?? former;
    const owner = source.ownerOf(recordId);
    const before = beforeOf(source, changeSet, this.#tenantsBefore.get(owner));
    const tenant = before?.tenant;
    this.#collectionOnly.delete(owner);
    this.#changes.set(owner, { source, recordId, op: 'delete', tenant, before });
  }

  #sourcesOf(entity: object): { source: ReplicatedSource; recordId: string }[] {
    return this.#registry.of(entity).map(source => {
      const recordId = source.recordIdOf(entity);
      return { source, recordId: this.#spelling.get(source.ownerOf(recordId)) ?? recordId };
    });
  }
}

function mergeOps(first: OutboxRow['op'], second: OutboxRow['op']): OutboxRow['op'] {
  if (second === 'delete') return 'delete';
  return first === 'delete' ? 'update' : first;
}

/** Redis remembers where a record stands; this is for the day it forgot, and for a move between tenants. */
function beforeOf(
  source: ReplicatedSource,
  changeSet: ChangeSet<object> | undefined,
  tenantBefore: Tenant | undefined,
): Before | undefined {
  const original = changeSet?.originalEntity as Record<string, unknown> | undefined;
  const payload = changeSet?.payload ?? {};
  const moved = original !== undefined && [...source.addressProperties()].some(name => name in payload);
  if (!moved && tenantBefore === undefined) return undefined;
  return {
    tenant: tenantBefore ?? (original && tenantOrUnknown(source, original)),
    addresses: original && source.addressesOf(original),
  };
}

/** A tenant that is null or not an id belongs to the row's publishing, which names it as an error; not to the flush. */
export function tenantOrUnknown(source: ReplicatedSource, values: object): Tenant | undefined {
  try {
    return source.tenantOf(values);
  } catch {
    return undefined;
  }
}
