import { setTimeout } from 'node:timers/promises';
import { ConnectionException, DeadlockException, LockWaitTimeoutException } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { pauseAfter } from '@tenantry/protocol/internal';
import { isConnectionLost, type RedisClient } from '@tenantry/redis';

const PAUSES = { firstMs: 50, lastMs: 2_000, random: Math.random } as const;
/** As long as the lease of a fill lasts without an answer of Redis. */
const GIVE_UP_MS = 30_000;

/**
 * The steps of one fill. One that failed with what passes, such as a lost connection, is tried again, and what is published already stays so:
 * where connections break more often than a fill takes, one that began anew each time would never end. The token of the fill tells whether Redis
 * lost its data meanwhile.
 */
export class FillSteps {
  readonly #redis: RedisClient;
  #failures = 0;
  #failingSince = 0;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  /** Something was done. */
  stepped(): void {
    this.#failures = 0;
  }

  /** Fails as the step does, where that does not pass, or has not for 30 s. `onRetry` is called before each further try; what it throws is thrown. */
  async run<T>(step: () => Promise<T>, onRetry?: () => void): Promise<T> {
    for (;;) {
      try {
        const result = await step();
        this.stepped();
        return result;
      } catch (error) {
        const now = performance.now();
        if (this.#failures === 0) this.#failingSince = now;
        if (!this.#passes(error) || now - this.#failingSince > GIVE_UP_MS) throw error;
        // It holds no process that has closed everything meanwhile.
        await setTimeout(pauseAfter(++this.#failures, PAUSES), undefined, { ref: false });
        onRetry?.();
      }
    }
  }

  #passes(error: unknown): boolean {
    const { status } = this.#redis;
    if (status === 'end') return false;
    if (error instanceof TenantryError) return error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
    const isOfDatabase =
      error instanceof ConnectionException ||
      error instanceof DeadlockException ||
      error instanceof LockWaitTimeoutException;
    // A batch fails while the next one is read, and there may be a connection again when it is looked at.
    return isOfDatabase || isConnectionLost(error) || status !== 'ready';
  }
}
