import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import type { Dialect } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { deleteOwn, driverOf, runOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { insertOutboxRows, newTransactionId, Outbox } from '../tables/outbox.ts';

const NOTHING = { definition: '', recordId: '', tenant: null, op: 'update', availableAt: null, createdAt: 0 } as const;

/** Takes one id from the outbox's sequence without leaving a row, in the open transaction. */
export async function drawVersion(em: EntityManager): Promise<number> {
  const ctx = em.getTransactionContext();
  const [version] = (await insertOutboxRows(em, ctx, [{ ...NOTHING, transactionId: newTransactionId() }])) as [number];
  await deleteOwn(em, Outbox, { id: version });
  return version;
}

/** Lets the ids of the outbox go on above this one, and answers with the first of them. An id that is given by hand needs neither the right to alter the table nor its lock. */
export async function raiseVersions(orm: MikroORM, { raiseIds }: Dialect, above: number): Promise<number> {
  const draw = () => internalFork(orm).transactional(drawVersion);
  const present = await draw();
  if (present > above) return present;
  const em = internalFork(orm);
  if (raiseIds) await runOwn(em, raiseIds(ownTable(orm, 'outbox')), [above], undefined);
  else {
    const row = { ...NOTHING, id: above + 1, transactionId: newTransactionId() };
    await driverOf(em).nativeInsert(Outbox as never, row as never, { convertCustomTypes: false });
    await deleteOwn(em, Outbox, { id: above + 1 });
  }
  const raised = await draw();
  if (raised > above) return raised;
  throw new TenantryError(
    'UNAVAILABLE',
    "The outbox's ids could not be raised above those in Redis: nothing was repaired. Raise its auto-increment by hand.",
  );
}
