import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import { type LockContext, lockUpserted } from '../../definitions/lock-rows.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { tenantIfReadable } from '../../definitions/tenant-of-row.ts';
import { FlushBuffer } from './flush-buffer.ts';

interface Before {
  readonly tenants: Map<string, Tenant>;
  /** Rows that it may hit although they are called otherwise: by another unique key, or in another spelling. */
  readonly others: { readonly definition: ReplicatedEntity; readonly recordId: string; readonly row: object }[];
}

/** An upsert does not say whether it moved a row out of a tenant: the rows it may hit tell before it. */
export class UpsertedRows {
  readonly #before = new WeakMap<EntityManager, Before>();

  /** Reads them, under lock where there is a transaction. */
  async look(context: LockContext, registry: DefinitionRegistry, values: object, meta: object): Promise<void> {
    for (const definition of registry.ofClass(meta as EntityMetadata<object>)) {
      const { tenant } = definition.sync;
      if (tenant === undefined) continue;
      const known = this.#before.get(context.em) ?? { tenants: new Map<string, Tenant>(), others: [] };
      this.#before.set(context.em, known);
      for (const [recordId, row] of await lockUpserted(context, definition, values, [tenant])) {
        const before = tenantIfReadable(definition, row);
        if (before !== undefined) known.tenants.set(definition.ownerOf(recordId), before);
        if (definition.hasOtherKey(values, recordId)) known.others.push({ definition, recordId, row });
      }
    }
  }

  /** What the upsert has changed. */
  changed(em: EntityManager, registry: DefinitionRegistry, entity: object): FlushBuffer {
    const known = this.#before.get(em);
    const buffer = new FlushBuffer(registry, known?.tenants);
    buffer.add(entity, 'update', undefined);
    for (const { definition, recordId, row } of known?.others.splice(0) ?? [])
      buffer.addCollectionRow(definition, recordId, row);
    for (const { definition, recordId } of buffer.changes) known?.tenants.delete(definition.ownerOf(recordId));
    return buffer;
  }
}
