import { type Checker, describe, isSame } from './checker.ts';

/** What was committed is in Redis, for everybody who asks, and nothing waits to be published. */
export const g1Durable: Checker = {
  promise: 'G1',
  name: 'durable',
  isFinal: true,
  check({ final }) {
    const { expected, redis, fresh, waiting } = final;
    const breaches = waiting.map(change => `${change} is still in the outbox although nobody writes any more.`);
    for (const [key, { value }] of expected) {
      const standing = redis.get(key);
      // A missing key is G5's.
      if (standing && !isSame(standing.value, value))
        breaches.push(
          `"${key}" is ${describe(value)} in the database, and Redis still has ${describe(standing.value)} (version ${standing.version}).`,
        );
    }
    for (const [key, { value }] of fresh) {
      const wanted = expected.get(key)?.value;
      if (!isSame(value, wanted))
        breaches.push(
          `A reader that started at the end got ${describe(value)} for "${key}"; the database has ${describe(wanted)}.`,
        );
    }
    return breaches;
  },
};
