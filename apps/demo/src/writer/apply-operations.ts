import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { configStore } from '@tenantry/mikro-orm';
import type { SourceName } from '../definitions/catalogue.ts';
import { type SettingRequest, settingOf } from '../definitions/settings.ts';
import { schemas } from '../write-side/entities.ts';

/** One step of a transaction, as it comes in JSON. */
export type Operation = RowOperation | SettingOperation;

export type RowOperation =
  | { readonly op: 'create'; readonly source: SourceName; readonly values: Readonly<Record<string, unknown>> }
  | {
      readonly op: 'update';
      readonly source: SourceName;
      readonly id: number;
      readonly values: Readonly<Record<string, unknown>>;
    }
  | { readonly op: 'delete'; readonly source: SourceName; readonly id: number };

/** A setting that is written with the rows around it, or not at all. */
export type SettingOperation = SettingRequest & { readonly op: 'set'; readonly value: unknown };

/** Applies the operations in one transaction, or one flush. With `rollback` everything is written and then taken back. */
export async function applyOperations(
  orm: MikroORM,
  operations: readonly Operation[],
  rollback: boolean,
): Promise<void> {
  const em = orm.em.fork();
  const [only] = operations;
  if (operations.length === 1 && only && only.op !== 'set' && !rollback) {
    await apply(em, only);
    return em.flush();
  }
  const undo = new Error('as asked for');
  await em
    .transactional(async inside => {
      for (const operation of operations) {
        if (operation.op === 'set') await applySetting(orm, inside, operation);
        else await apply(inside, operation);
        // One after the other: two rows that swap a unique value need a third state in between.
        await inside.flush();
      }
      if (rollback) throw undo;
    })
    .catch(error => {
      if (error !== undo) throw error;
    });
}

async function apply(em: EntityManager, operation: RowOperation): Promise<void> {
  const schema = schemas[operation.source] as never;
  if (operation.op === 'create') return void em.create(schema, operation.values as never);
  const entity: object = await em.findOneOrFail(schema, operation.id as never);
  if (operation.op === 'delete') em.remove(entity);
  else em.assign(entity, operation.values as never);
}

async function applySetting(orm: MikroORM, em: EntityManager, { tenant, setting, value }: SettingOperation) {
  await configStore(orm).tenant(tenant).set(settingOf(setting), value, { em });
}
