import { dialectOf } from './database/dialect.ts';
import { DefinitionRegistry } from './definitions/definition-registry.ts';
import { Acknowledger } from './outbox/acknowledger.ts';
import { OutboxDeadLetters } from './outbox/dead-letters.ts';
import { Installation } from './outbox/installation.ts';
import { sourcesOf } from './outbox/record-list.ts';
import { Plan, plans } from './plans.fixture.ts';
import { PresentRowsReader } from './publish/present-rows.ts';
import { Publisher } from './publish/publisher.ts';
import { Relay, type RelayParts } from './publish/relay.ts';
import { UnpublishedChanges } from './publish/unpublished-changes.ts';
import type { TestSystem } from './system.fixture.ts';

/** A relay of plans with a bound of its own on what is published in one step: the real one wants 30,000 rows. */
export function boundedRelay(
  { orm: testOrm, redis, replication, reports }: TestSystem,
  {
    wholeRows,
    ...others
  }: Pick<RelayParts, 'wholeRows' | 'batchSize'> & { readonly publisher?: (real: Publisher) => Publisher },
): Relay {
  const { orm, dialect, registry, publisher, acknowledger } = boundedPublisher(
    { orm: testOrm, redis, replication, reports },
    wholeRows,
  );
  return new Relay({
    ...{ orm, dialect, wholeRows, graceMs: 0, batchSize: others.batchSize },
    sources: () => sourcesOf(registry),
    acknowledger,
    publisher: others.publisher?.(publisher) ?? publisher,
  });
}

/** What a relay publishes with. */
export function boundedPublisher(
  { orm: testOrm, redis, replication, reports }: Pick<TestSystem, 'orm' | 'redis' | 'replication' | 'reports'>,
  wholeRows: number,
) {
  const orm = testOrm as never;
  const dialect = dialectOf(orm);
  const acknowledger = new Acknowledger(orm, dialect, () => undefined);
  const registry = new DefinitionRegistry([[Plan, plans]], testOrm.getMetadata());
  const isPublished = (id: number) => acknowledger.isPublished(id);
  const unpublished = new UnpublishedChanges({ orm, dialect, registry, isPublished, wholeRows });
  const { replica } = replication;
  const installation = new Installation({ orm, redis, replica, warn: () => undefined });
  const publisher = new Publisher({
    ...{ orm, dialect, installation, replica },
    reader: new PresentRowsReader({ orm, dialect, unpublished }),
    unpublished,
    acknowledger,
    deadLetters: new OutboxDeadLetters(orm, dialect, 5),
    report: report => reports.push(report),
    clock: Date.now,
  });
  return { orm, dialect, registry, publisher, acknowledger };
}
