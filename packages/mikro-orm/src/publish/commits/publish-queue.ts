import { AsyncLocalStorage } from 'node:async_hooks';
import { type CommittedTransaction, weightOf } from '../committed-transaction.ts';

/** What publishing in the background works with. */
export interface PublishQueueParts {
  /** Brings these transactions into Redis, in one step for each tenant unless they are too many; true where nothing is left. Never throws, and ends within a time. */
  publish(committed: readonly CommittedTransaction[], startedAt: number): Promise<boolean>;
  /** The most changes that are held, those under way included. */
  readonly maxChanges: number;
  leftToRelay(): void;
  warn(message: string): void;
}

interface Queued {
  readonly transaction: CommittedTransaction;
  readonly size: number;
  readonly addedAt: number;
  readonly ended: PromiseWithResolvers<void>;
}

/** The most changes of several transactions that are published together: a script keeps Redis to itself while it runs, 15 to 20 ms for so many. */
const BATCH_CHANGES = 1_000;

/**
 * Publishes commits one after the other, while their flushes go on. What was committed during a publish is published
 * together in the next one:
 *
 *   flush 1: commit ─ returns
 *   flush 2:            commit ─ returns
 *   flush 3:                       commit ─ returns
 *   queue:          publish 1 ………………… publish 2 and 3, of one snapshot
 *
 * It holds names of rows and no values. Whatever it does not get to (it is full, Redis is away, the process dies) is in the
 * outbox, and so the relay's.
 */
export class PublishQueue {
  readonly #parts: PublishQueueParts;
  readonly #queued = new Map<string, Queued>();
  #waiting: Queued[] = [];
  #size = 0;
  #isRunning = false;
  #isStopped = false;
  #saidFull = false;
  /** Not in the context of whichever request came first: it would be held for as long as others commit. */
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(parts: PublishQueueParts) {
    this.#parts = parts;
  }

  /** Costs the flush nothing but this call. */
  add(transaction: CommittedTransaction): void {
    // The name of one whose changes are not known is all that is held.
    const size = transaction.changes?.length ?? 1;
    if (size === 0) return;
    // One that is larger than the queue has to fit, too.
    const isFull = this.#size > 0 && this.#size + size > this.#parts.maxChanges;
    if (isFull) this.#sayFull();
    if (isFull || this.#isStopped) {
      this.#parts.leftToRelay();
      return;
    }
    const queued = { transaction, size, addedAt: performance.now(), ended: Promise.withResolvers<void>() };
    this.#size += size;
    this.#waiting.push(queued);
    this.#queued.set(transaction.transactionId, queued);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Not at once: the flush returns first.
    setImmediate(() => this.#outside(() => this.#run()));
  }

  /** Settles with the publish of this transaction; undefined where it is not queued. */
  endOf(transactionId: string): Promise<void> | undefined {
    return this.#queued.get(transactionId)?.ended.promise;
  }

  /** Settles when all that was added so far is published, or was left to the relay. */
  async drained(): Promise<void> {
    await Promise.all([...this.#queued.values()].map(({ ended }) => ended.promise));
  }

  /** Lets what is queued come to its end, then does this work; what is committed meanwhile is the relay's. */
  async stopFor<T>(work: () => Promise<T>): Promise<T> {
    this.#isStopped = true;
    try {
      await this.drained();
      return await work();
    } finally {
      this.#isStopped = false;
    }
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#publish(this.#takeBatch());
    this.#isRunning = false;
  }

  #takeBatch(): readonly Queued[] {
    let sum = 0;
    const end = this.#waiting.findIndex(({ transaction }, i) => {
      sum += weightOf(transaction);
      return i > 0 && sum > BATCH_CHANGES;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #publish(batch: readonly Queued[]): Promise<void> {
    const [first] = batch as [Queued];
    const transactions = batch.map(({ transaction }) => transaction);
    const published = await this.#parts.publish(transactions, first.addedAt);
    for (const queued of batch) {
      const { transactionId } = queued.transaction;
      // A connection that writes through triggers may go on with an id.
      if (this.#queued.get(transactionId) === queued) this.#queued.delete(transactionId);
      this.#size -= queued.size;
      queued.ended.resolve();
    }
    if (this.#size === 0) this.#saidFull = false;
    if (!published) this.#parts.leftToRelay();
  }

  #sayFull(): void {
    const { maxChanges, warn } = this.#parts;
    if (this.#saidFull) return;
    this.#saidFull = true;
    warn(
      `\`publishQueueSize\` (${maxChanges}) is reached: until the changes that wait in the background are published, more are left to a worker's relay. Redis or the database is slower than the writers of this process.`,
    );
  }
}
