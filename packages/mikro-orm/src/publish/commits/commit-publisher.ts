import type { RowChange } from '../../outbox/row-change.ts';
import type { OnReport } from '../../reports/report.ts';
import type { Publisher } from '../publisher.ts';

/** When a committed change is brought into Redis: before the flush returns, soon after it returned, or by a relay. */
export type PublishMode = 'await' | 'relay';

/** What publishing after a commit works with. */
export interface CommitPublisherParts {
  readonly mode: PublishMode;
  readonly publisher: Pick<Publisher, 'publishCommitted'>;
  /** How long a flush may wait for Redis after its commit. */
  readonly publishTimeoutMs: number;
  readonly report: OnReport;
  /** Told of each commit whose changes are not all in Redis. */
  leftToRelay(): void;
}

/** What happens to a transaction right after its commit, as the option `publish` says. */
export class CommitPublisher {
  readonly #parts: CommitPublisherParts;

  constructor(parts: CommitPublisherParts) {
    this.#parts = parts;
  }

  /**
   * Never throws, and never takes longer than the budget. True: all of it is in Redis. With `budgetMs` somebody waits for this very
   * publish, a write of the config store: it is made at once in every mode.
   */
  async publish(transactionId: string, changes: readonly RowChange[] | undefined, budgetMs?: number): Promise<boolean> {
    const { mode, publisher, publishTimeoutMs, leftToRelay } = this.#parts;
    this.#reportDead(changes ?? []);
    const isAwaited = budgetMs !== undefined || mode === 'await';
    const published =
      isAwaited && (await publisher.publishCommitted([{ transactionId, changes }], budgetMs ?? publishTimeoutMs));
    if (!published) leftToRelay();
    return published;
  }

  /** What was given up on when it was captured. */
  #reportDead(changes: readonly RowChange[]): void {
    const { report } = this.#parts;
    for (const { definition, recordId, error } of changes)
      if (error) report({ kind: 'failed', definition: definition.name, recordId, error, attempts: 0, dead: true });
  }
}
