import { expect, it } from 'vitest';
import { dialectOf } from '../../database/dialect.ts';
import { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { Plan, plans } from '../../plans.fixture.ts';
import { closeAfterEach, open, system } from './captured-plans.fixture.ts';
import { FlushBuffer } from './flush-buffer.ts';
import { insertBuffer } from './insert-buffer.ts';

closeAfterEach();

// Nothing finds a list by its records but reading all of them, so what piles up is rows that an index finds.
it.each([
  { areMany: false, rows: 1 },
  { areMany: true, rows: 30 },
])('where many lists wait ($areMany), there are no more: $rows rows', async ({ areMany, rows }) => {
  await open();
  const orm = system.orm as never;
  const registry = new DefinitionRegistry([[Plan, plans]], system.orm.getMetadata());
  const buffer = new FlushBuffer(registry);
  const [definition] = registry.entities() as [ReplicatedEntity];
  for (let id = 1; id <= 30; id++) buffer.addCollectionRow(definition, `${id}`, { tenantId: 'acme' });
  const context = { registry, dialect: dialectOf(orm), clock: Date.now, writesLists: () => !areMany };
  // Nothing was changed in a collection: the rows are not there to be locked.
  await system.em().transactional(em => insertBuffer(context, em as never, em.getTransactionContext(), 'one', buffer));
  expect(await system.outbox()).toHaveLength(rows);
});
