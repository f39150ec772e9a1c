import { isDeepStrictEqual } from 'node:util';
import type { Checker } from '../checker.ts';
import { placeOf, ScopeTruth, shown } from './scope-truth.ts';

/** What each scope says is in Redis, and whoever starts at the end gets what comes of it. */
export const durableInScopes: Checker = {
  promise: 'G1',
  name: 'durable in scopes',
  isFinal: true,
  check({ final: { scopes } }) {
    const breaches: string[] = [];
    const truth = new ScopeTruth(scopes);
    for (const [key, { value }] of scopes.tables) {
      const standing = scopes.redis.get(key);
      // A missing key is G5's.
      if (standing && !isDeepStrictEqual(standing.value, value))
        breaches.push(
          `"${key}" is ${shown(value)} in the database, and Redis still has ${shown(standing.value)} (version ${standing.version}).`,
        );
    }
    for (const { tenant, config, value } of scopes.fresh) {
      const chain = truth.chain(tenant) ?? [];
      const wanted = truth.value(config, chain);
      if (!isDeepStrictEqual(value, wanted))
        breaches.push(
          `A reader that started at the end got ${shown(value)} for ${placeOf({ tenant, config })}; by the tables, ${chain.join(', ')} make ${shown(wanted)}.`,
        );
    }
    return breaches;
  },
};
