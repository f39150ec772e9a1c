import type { RowChange } from '../outbox/row-change.ts';

/** A transaction of this process that is committed. */
export interface CommittedTransaction {
  readonly transactionId: string;
  /** Undefined: only the outbox tells. */
  readonly changes: readonly RowChange[] | undefined;
}

/** Of a transaction that only the outbox knows: it may have none, or a million. */
const UNKNOWN_CHANGES = 100;

/** How many changes it is taken for where it is put together with others. */
export function weightOf({ changes }: CommittedTransaction): number {
  return changes?.length ?? UNKNOWN_CHANGES;
}

/** How many changes of them are known here. */
export function sizeOf(committed: readonly CommittedTransaction[]): number {
  return committed.reduce((sum, { changes }) => sum + (changes?.length ?? 0), 0);
}

/** Those that were given up on when they were captured are not published. */
export function withoutDead({ transactionId, changes }: CommittedTransaction): CommittedTransaction {
  return { transactionId, changes: changes?.filter(({ error }) => !error) };
}
