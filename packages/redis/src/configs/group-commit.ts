import type { RedisClient } from '../connection/redis-client.ts';

/** At most so many in one call: others wait while Redis is at it. */
const MOST = 32;
const LEAST = 8;

interface Caller<P, A> {
  readonly work: P;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gives everything that callers want of one tenant in one turn of the event loop to `run`, which answers in the same order. Nobody
 * waits for an answer to somebody else's, so nothing is sent later than its caller asked for.
 */
export function createGroupCommit<P, A>(
  run: (redis: RedisClient, tenant: string, works: readonly P[]) => Promise<readonly A[]>,
): (redis: RedisClient, tenant: string, work: P) => Promise<A> {
  const waiting = new Map<RedisClient, Map<string, Caller<P, A>[]>>();
  /** How many calls Redis has not answered. */
  const underWay = new WeakMap<RedisClient, Map<string, number>>();

  function send(redis: RedisClient): void {
    const tenants = waiting.get(redis);
    waiting.delete(redis);
    const calls = underWay.get(redis) ?? new Map<string, number>();
    underWay.set(redis, calls);
    const count = (tenant: string, change: 1 | -1) => {
      const now = (calls.get(tenant) ?? 0) + change;
      if (now > 0) calls.set(tenant, now);
      else calls.delete(tenant);
    };
    for (const [tenant, callers] of tenants ?? []) {
      // In halves, unless Redis is at work already: it works on one while the other is made ready, or its answers are read.
      const size = calls.has(tenant) ? MOST : Math.min(MOST, Math.max(LEAST, Math.ceil(callers.length / 2)));
      for (let i = 0; i < callers.length; i += size) {
        const some = callers.slice(i, i + size);
        const works = some.map(({ work }) => work);
        count(tenant, 1);
        run(redis, tenant, works).then(
          answers => {
            count(tenant, -1);
            some.forEach(({ resolve }, n) => {
              resolve(answers[n] as A);
            });
          },
          error => {
            count(tenant, -1);
            for (const { reject } of some) reject(error);
          },
        );
      }
    }
  }

  return (redis, tenant, work) =>
    new Promise((resolve, reject) => {
      let tenants = waiting.get(redis);
      if (!tenants) {
        tenants = new Map();
        waiting.set(redis, tenants);
        setImmediate(send, redis);
      }
      const callers = tenants.get(tenant);
      if (callers) callers.push({ work, resolve, reject });
      else tenants.set(tenant, [{ work, resolve, reject }]);
    });
}
