import { TenantryError } from '@tenantry/protocol';
import { within } from '@tenantry/redis';

/** One budget for all the waits of one call. */
export interface RedisBudget {
  leftMs(): number;
  /** `TIMEOUT` once the budget is spent, `UNAVAILABLE` where Redis fails. */
  wait<T>(what: string, work: Promise<T>): Promise<T>;
  /** Work that has a budget of its own. */
  without<T>(work: Promise<T>): Promise<T>;
}

export function createRedisBudget(budgetMs: number): RedisBudget {
  let endsAt = performance.now() + budgetMs;
  const leftMs = () => Math.max(0, endsAt - performance.now());
  return {
    leftMs,
    wait: (what, work) => within(Math.ceil(leftMs()), what, work, error => named(error, what)),
    async without(work) {
      const startedAt = performance.now();
      return work.finally(() => {
        endsAt += performance.now() - startedAt;
      });
    },
  };
}

/** ioredis's errors have the arguments of the call on them: only what Redis called it is kept. */
function named(error: unknown, what: string): TenantryError {
  if (error instanceof TenantryError) return error;
  const { name = 'Error', message = '' } = error instanceof Error ? error : {};
  const word = name === 'ReplyError' ? `ReplyError (${/^[A-Z]+\b/.exec(message)?.[0] ?? 'ERR'})` : name;
  return new TenantryError(
    'UNAVAILABLE',
    `${what} failed with ${word}. A write may have arrived: read before writing again.`,
  );
}
