import type { Replication } from '@tenantry/mikro-orm';
import { isCluster, whenReady } from '@tenantry/redis';
import { type Check, fail, isRefused, look, ok } from './check.ts';

/**
 * Whether the user of this process may send what writers send. A user who could ask Redis for its rules (`ACL DRYRUN`) would have more rights than it
 * needs, so each command is tried, in a form that changes nothing: on a key that is not there, or of what does not exist.
 */
export function checkRights({ redis, replica: { names } }: Replication): Promise<readonly Check[]> {
  const key = `${names.prefix}:{@doctor}:nothing`;
  const channel = `${names.prefix}:{@doctor}:feed`;
  return look('redis-rights', async () => {
    await whenReady(redis);
    const tries: Readonly<Record<string, () => Promise<unknown>>> = {
      get: () => redis.get(key),
      hgetall: () => redis.hgetall(key),
      xrange: () => redis.xrange(key, '-', '+', 'COUNT', 1),
      scan: () => (isCluster(redis) ? Promise.resolve() : redis.scan('0', 'MATCH', key, 'COUNT', 1)),
      set: () => redis.set(key, '', 'XX'),
      del: () => redis.del(key),
      hdel: () => redis.hdel(key, 'x'),
      zadd: () => redis.zadd(key, 'XX', 0, 'x'),
      xadd: () => redis.call('XADD', key, 'NOMKSTREAM', '*', 'm', ''),
      expire: () => redis.expire(key, 1),
      eval: () => redis.eval("return redis.call('EXISTS', KEYS[1])", 1, key),
      [isCluster(redis) ? 'spublish' : 'publish']: () =>
        isCluster(redis) ? redis.spublish(channel, '') : redis.publish(channel, ''),
      info: () => (isCluster(redis) ? Promise.resolve() : redis.info('server')),
      time: () => redis.time(),
    };
    const refused: string[] = [];
    for (const [command, attempt] of Object.entries(tries))
      await attempt().catch(error => {
        if (!isRefused(error)) throw error;
        refused.push(command);
      });
    if (refused.length === 0)
      return ok(
        'redis-rights',
        'The user of this process may do in Redis what a writer needs. Of workers and readers it cannot be seen.',
      );
    return fail(
      'redis-rights',
      `Redis refuses the user of this process: ${refused.join(', ')}.`,
      'Compare the user with the rules for writers in the guide on security.',
    );
  });
}
