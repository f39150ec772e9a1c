import { TenantryError } from '@tenantry/protocol';
import { redisWordOf } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';

/** The moment at which one call must have answered: one budget for all of its waits. */
export class Deadline {
  #endsAt: number;

  constructor(budgetMs: number) {
    this.#endsAt = performance.now() + budgetMs;
  }

  leftMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Rejects with `TIMEOUT` once the budget is spent, and with `UNAVAILABLE` if Redis fails. */
  wait<T>(what: string, work: Promise<T>): Promise<T> {
    return within(Math.ceil(this.leftMs()), what, work, error => named(error, what));
  }

  /** Waits for work that has a budget of its own, and moves the deadline by the time it took. */
  async pausedFor<T>(work: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    return work.finally(() => {
      this.#endsAt += performance.now() - startedAt;
    });
  }
}

/** The errors of ioredis carry the arguments of the call. Only their name, and the word with which Redis began, are kept. */
function named(error: unknown, what: string): TenantryError {
  if (error instanceof TenantryError) return error;
  const answered = redisWordOf(error);
  const word = answered === undefined ? (error instanceof Error ? error.name : 'Error') : `ReplyError (${answered})`;
  return new TenantryError(
    'UNAVAILABLE',
    `${what} failed with ${word}. A write may have arrived: read before writing again.`,
  );
}
