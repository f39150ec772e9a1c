import type { PresentRow } from './present-rows.ts';

/** What a publish came to. */
export interface PublishedRows {
  /** Outbox ids that are done. */
  readonly done: readonly number[];
  /** Those of records that failed by themselves, and are tried again later. */
  readonly failed: readonly number[];
  /** How many changes that is: a row may name many records. */
  readonly changes: number;
  /** Nothing is left of what was to be published. */
  readonly isAll: boolean;
  /** Why others are not done: Redis did not take some tenant's changes. A node of a Cluster is away, or a slot moves. */
  readonly error?: unknown;
}

/** Outbox rows are done that name none of the records which are left, and are not among those that failures keep. */
export function publishedRows(
  present: readonly PresentRow[],
  failures: ReadonlyMap<PresentRow, unknown>,
  left: ReadonlyMap<PresentRow, unknown>,
  keptByFailures: ReadonlySet<number>,
): PublishedRows {
  const kept = new Set(keptByFailures);
  for (const { record } of left.keys()) for (const id of record.outboxIds) kept.add(id);
  const ids = new Set<number>();
  let changes = 0;
  let isAll = true;
  for (const each of present) {
    for (const id of each.record.outboxIds) if (!kept.has(id)) ids.add(id);
    if (failures.has(each) || left.has(each)) isAll = false;
    else changes += each.record.outboxIds.length;
  }
  return {
    done: [...ids],
    failed: [...keptByFailures],
    changes,
    isAll,
    ...(left.size > 0 && { error: left.values().next().value }),
  };
}
