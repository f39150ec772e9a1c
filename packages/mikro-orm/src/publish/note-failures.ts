import type { MikroORM } from '@mikro-orm/core';
import { withoutValues } from '@tenantry/protocol/internal';
import type { Dialect } from '../database/dialect.ts';
import type { OutboxDeadLetters } from '../outbox/dead-letters.ts';
import { splitLists } from '../outbox/split-lists.ts';
import type { OnReport } from '../reports/report.ts';
import type { PresentRow } from './present-rows.ts';

/** What noting failures works with. */
export interface NoteFailuresParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly deadLetters: OutboxDeadLetters;
  readonly report: OnReport;
}

/**
 * Notes of each of these records that it failed by itself, and reports it. Answers which outbox rows have to stay as they are: not
 * the lists that named such a record together with others, since it has a row of its own from now on.
 */
export async function noteFailures(
  { orm, dialect, deadLetters, report }: NoteFailuresParts,
  failures: ReadonlyMap<PresentRow, unknown>,
): Promise<ReadonlySet<number>> {
  const kept = new Set<number>();
  if (failures.size === 0) return kept;
  const records = [...failures.keys()].map(({ record }) => record);
  const split = await splitLists(orm, dialect, records);
  for (const [{ record, recordId }, failure] of failures) {
    const ids = record.outboxIds.flatMap(id => {
      const list = split.get(id);
      return list ? (list.get(record.recordId) ?? []) : id;
    });
    for (const id of ids) kept.add(id);
    // Somebody else has given it a row of its own, and takes care of it.
    if (ids.length === 0) continue;
    const error = withoutValues(failure, 'Reading the row');
    const outcome = await deadLetters.recordFailure(ids, error);
    if (outcome) report({ kind: 'failed', definition: record.definition.name, recordId, error, ...outcome });
  }
  return kept;
}
