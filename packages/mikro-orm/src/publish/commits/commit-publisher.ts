import type { RowChange } from '../../outbox/row-change.ts';
import type { OnReport } from '../../reports/report.ts';
import { type CommittedTransaction, weightOf } from '../committed-transaction.ts';
import type { Publisher } from '../publisher.ts';
import { PublishQueue } from './publish-queue.ts';

/** When a committed change is brought into Redis: before the flush returns, soon after it returned, or by a relay. */
export type PublishMode = 'await' | 'background' | 'relay';

/** What publishing after a commit works with. */
export interface CommitPublisherParts {
  readonly mode: PublishMode;
  readonly publisher: Pick<Publisher, 'publishCommitted'>;
  /** How long a flush may wait for Redis after its commit. */
  readonly publishTimeoutMs: number;
  /** How many changes may wait in the background. */
  readonly publishQueueSize: number;
  readonly report: OnReport;
  warn(message: string): void;
  /** Told of each commit whose changes are not all in Redis. */
  leftToRelay(): void;
}

// Nobody waits for it but `settled`. As long as one tenant's step may take.
const BACKGROUND_MS = 5_000;
const CHANGE_MS = 1;

function backgroundMs(committed: readonly CommittedTransaction[]): number {
  return committed.reduce((sum, transaction) => sum + weightOf(transaction) * CHANGE_MS, BACKGROUND_MS);
}

/** What happens to a transaction right after its commit, as the option `publish` says. */
export class CommitPublisher {
  readonly #parts: CommitPublisherParts;
  readonly #queue: PublishQueue;

  constructor(parts: CommitPublisherParts) {
    const { publisher, publishQueueSize: maxChanges, leftToRelay, warn } = parts;
    this.#parts = parts;
    this.#queue = new PublishQueue({
      ...{ maxChanges, leftToRelay, warn },
      publish: (committed, startedAt) =>
        publisher.publishCommitted(committed, backgroundMs(committed), { startedAt, inBackground: true }),
    });
  }

  /**
   * Never throws, and never takes longer than the budget. True: all of it is in Redis. With `budgetMs` somebody waits for this very
   * publish, a write of the config store: it is made at once in every mode.
   */
  async publish(transactionId: string, changes: readonly RowChange[] | undefined, budgetMs?: number): Promise<boolean> {
    const { mode, publisher, publishTimeoutMs, leftToRelay } = this.#parts;
    this.#reportDead(changes ?? []);
    const transaction = { transactionId, changes };
    if (budgetMs === undefined && mode === 'background') {
      this.#queue.add(transaction);
      return false;
    }
    const isAwaited = budgetMs !== undefined || mode === 'await';
    const published = isAwaited && (await publisher.publishCommitted([transaction], budgetMs ?? publishTimeoutMs));
    if (!published) leftToRelay();
    return published;
  }

  /** Settles when nothing that was committed so far is published in the background any more. */
  settled(): Promise<void> {
    return this.#queue.drained();
  }

  /** Settles with the publish of this transaction; undefined where it is not in the background. */
  endOf(transactionId: string): Promise<void> | undefined {
    return this.#queue.endOf(transactionId);
  }

  /** Waits as `settled` does, and does this work before anything else is published in the background. */
  settledFor<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.stopFor(work);
  }

  /** What was given up on when it was captured. */
  #reportDead(changes: readonly RowChange[]): void {
    const { report } = this.#parts;
    for (const { definition, recordId, error } of changes)
      if (error) report({ kind: 'failed', definition: definition.name, recordId, error, attempts: 0, dead: true });
  }
}
