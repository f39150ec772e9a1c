import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventSubscriber } from '@mikro-orm/core';
import { machineTime } from '../machine-time.ts';

/** When a request's transaction was committed: before Tenantry publishes, because subscribers run in their order. */
export class CommitClock implements EventSubscriber {
  readonly #requests = new AsyncLocalStorage<{ committedAt: number | undefined }>();

  afterTransactionCommit(): void {
    const request = this.#requests.getStore();
    if (request) request.committedAt = machineTime();
  }

  /** The time of the last commit in `work`, undefined where there was none. */
  async time(work: () => Promise<void>): Promise<number | undefined> {
    const request = { committedAt: undefined as number | undefined };
    await this.#requests.run(request, work);
    return request.committedAt;
  }
}
