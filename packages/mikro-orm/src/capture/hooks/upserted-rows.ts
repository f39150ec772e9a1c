import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import { type Tenant, TenantryError } from '@tenantry/protocol';
import { withinQuery } from '../../database/within-query.ts';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import { findUpserted, type LockContext, lockRows } from '../../definitions/lock-rows.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { tenantIfReadable } from '../../definitions/tenant-of-row.ts';
import { FlushBuffer } from './flush-buffer.ts';
import { UpsertCounts } from './upsert-counts.ts';

interface Upserted {
  readonly definition: ReplicatedEntity;
  readonly values: object;
}

interface Before {
  readonly tenants: Map<string, Tenant>;
  /** Rows that it may hit although they are called otherwise: by another unique key, or in another spelling. */
  readonly others: { readonly definition: ReplicatedEntity; readonly recordId: string; readonly row: object }[];
  /** Values for which no row was found. */
  unseen: Upserted[];
  /** How many rows were found. */
  seen: number;
}

// The only connection that is wanted beside the transaction's own, and only after a race.
const LOOK_MS = 1_000;

/**
 * An upsert does not say whether it moved a row out of a tenant: the rows it may hit tell before it. Rows that are found are locked;
 * a lock on what is not there would be one on the gap, and two upserts of different new rows would wait for each other:
 *
 *   tx 1: look for 1 (locks the gap)                                 insert 1 (waits)
 *   tx 2:                             look for 2 (locks the gap)                       insert 2 (waits)  → deadlock
 *
 * So a row that another transaction commits between the look and the upsert is seen only by its count. The upsert has locked it
 * then, and what any other connection reads of it is how it was before.
 */
export class UpsertedRows {
  readonly #before = new WeakMap<EntityManager, Before>();
  readonly #counts = new UpsertCounts();

  /** Reads them, under lock where there is a transaction. */
  async look(context: LockContext, registry: DefinitionRegistry, values: object, meta: object): Promise<void> {
    if (context.ctx && context.dialect.locksGaps) this.#counts.listen(context.em.getDriver());
    for (const definition of registry.ofClass(meta as EntityMetadata<object>)) {
      if (definition.sync.tenant === undefined) continue;
      const known = this.#before.get(context.em) ?? {
        tenants: new Map<string, Tenant>(),
        others: [],
        unseen: [],
        seen: 0,
      };
      this.#before.set(context.em, known);
      const rows = await rowsHit(context, { definition, values });
      if (rows.size === 0) known.unseen.push({ definition, values });
      known.seen += rows.size;
      remember(known, { definition, values }, rows);
    }
  }

  /** Looks again at what the upsert updated though nobody had seen it. */
  async lookAgain({ em, ctx, dialect }: LockContext): Promise<void> {
    const known = this.#before.get(em);
    if (!known || !ctx || !dialect.locksGaps) return;
    const { unseen, seen } = known;
    known.unseen = [];
    known.seen = 0;
    const updated = this.#counts.take(ctx);
    if (updated === 0 || unseen.length === 0) return;
    const look = async (signal: AbortSignal) => {
      for (const upserted of unseen) {
        const { definition, values } = upserted;
        const outside = { em, ctx: undefined, dialect, signal };
        remember(known, upserted, await findUpserted(outside, definition, values, tenantOf(definition)));
      }
    };
    await withinQuery(LOOK_MS, 'Reading what an upsert replaced', look).catch(error => {
      // As many as were seen: nothing says that there was a race at all.
      if (updated > seen) throw raced(error);
    });
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

async function rowsHit(context: LockContext, { definition, values }: Upserted): Promise<Map<string, object>> {
  const tenant = tenantOf(definition);
  if (!context.dialect.locksGaps) return findUpserted(context, definition, values, tenant);
  const found = await findUpserted({ ...context, lock: false }, definition, values, tenant);
  if (found.size === 0 || !context.ctx) return found;
  return lockRows(context, definition, [...found.keys()], tenant);
}

function remember(known: Before, { definition, values }: Upserted, rows: ReadonlyMap<string, object>): void {
  for (const [recordId, row] of rows) {
    const before = tenantIfReadable(definition, row);
    if (before !== undefined) known.tenants.set(definition.ownerOf(recordId), before);
    if (definition.hasOtherKey(values, recordId)) known.others.push({ definition, recordId, row });
  }
}

const tenantOf = ({ sync: { tenant } }: ReplicatedEntity): string[] => (tenant === undefined ? [] : [tenant]);

function raced(cause: unknown): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    'An upsert replaced a row that another transaction had just written, and the pool had no connection to read which tenant it leaves: nothing was written. Try again.',
    { cause },
  );
}
