import type { EntityManager } from '@mikro-orm/core';
import type { SourceName } from '../definitions/catalogue.ts';
import { schemas } from '../write-side/entities.ts';

/** One step of a transaction, as it comes in JSON. */
export type Operation =
  | { readonly op: 'create'; readonly source: SourceName; readonly values: Readonly<Record<string, unknown>> }
  | {
      readonly op: 'update';
      readonly source: SourceName;
      readonly id: number;
      readonly values: Readonly<Record<string, unknown>>;
    }
  | { readonly op: 'delete'; readonly source: SourceName; readonly id: number };

/** Applies the operations in one transaction, or one flush. With `rollback` everything is written and then taken back. */
export async function applyOperations(
  em: EntityManager,
  operations: readonly Operation[],
  rollback: boolean,
): Promise<void> {
  if (operations.length === 1 && !rollback) {
    await apply(em, operations[0] as Operation);
    return em.flush();
  }
  const undo = new Error('as asked for');
  await em
    .transactional(async inside => {
      for (const operation of operations) {
        await apply(inside, operation);
        // One after the other: two rows that swap a unique value need a third state in between.
        await inside.flush();
      }
      if (rollback) throw undo;
    })
    .catch(error => {
      if (error !== undo) throw error;
    });
}

async function apply(em: EntityManager, operation: Operation): Promise<void> {
  const schema = schemas[operation.source] as never;
  if (operation.op === 'create') return void em.create(schema, operation.values as never);
  const entity: object = await em.findOneOrFail(schema, operation.id as never);
  if (operation.op === 'delete') em.remove(entity);
  else em.assign(entity, operation.values as never);
}
