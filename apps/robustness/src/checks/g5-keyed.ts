import type { Checker } from './checker.ts';

/** The keys in Redis are those of the tables: none missing, none left over, none in other hands. */
export const g5Keyed: Checker = {
  promise: 'G5',
  name: 'keyed',
  isFinal: true,
  check({ final: { expected, redis } }) {
    const breaches: string[] = [];
    for (const [key, { owner, version, isOptional }] of expected) {
      const standing = redis.get(key);
      if (!standing && isOptional) continue;
      if (!standing) breaches.push(`Redis has nothing under "${key}", where the tables put ${owner ?? 'a row'}.`);
      else if (owner !== undefined && standing.owner !== owner)
        breaches.push(
          `"${key}" belongs to ${standing.owner} in Redis (version ${standing.version}), and to ${owner} by the tables.`,
        );
      else if (version !== undefined && standing.version !== version)
        breaches.push(`"${key}" is in version ${standing.version} in Redis, and in version ${version} by the tables.`);
    }
    for (const [key, { owner, version }] of redis)
      if (!expected.has(key))
        breaches.push(`Redis has ${owner} (version ${version}) under "${key}", where the tables put nothing.`);
    return breaches;
  },
};
