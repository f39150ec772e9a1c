import type { RowChange } from '../../outbox/row-change.ts';

/** A transaction of this process that is committed. */
export interface CommittedTransaction {
  readonly transactionId: string;
  /** Undefined: only the outbox tells. */
  readonly changes: readonly RowChange[] | undefined;
}

/** How many changes of them are known here. */
export function sizeOf(committed: readonly CommittedTransaction[]): number {
  return committed.reduce((sum, { changes }) => sum + (changes?.length ?? 0), 0);
}
