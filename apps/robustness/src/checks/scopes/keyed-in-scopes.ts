import type { Checker } from '../checker.ts';

/** Redis has of every scope what the tables have: no layer is missing or left over, and no groups are. */
export const keyedInScopes: Checker = {
  promise: 'G5',
  name: 'keyed in scopes',
  isFinal: true,
  check({ final: { scopes } }) {
    const { tables, redis } = scopes;
    const breaches: string[] = [];
    for (const [key, { version }] of tables) {
      const standing = redis.get(key);
      if (!standing) breaches.push(`Redis has nothing for "${key}", where the tables have version ${version}.`);
      else if (standing.version !== version)
        breaches.push(`"${key}" is in version ${standing.version} in Redis, and in version ${version} by the tables.`);
    }
    for (const [key, { version }] of redis)
      if (!tables.has(key)) breaches.push(`Redis has version ${version} for "${key}", where the tables have nothing.`);
    return breaches;
  },
};
