import { TenantryError } from '@tenantry/protocol';
import { isCluster, type RedisClient } from './redis-client.ts';

/** What is wrong with the eviction policy of this Redis; undefined where nothing is ever evicted. */
export async function evictionProblemOf(redis: RedisClient): Promise<TenantryError | undefined> {
  for (const node of isCluster(redis) ? redis.nodes('master') : [redis]) {
    const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(await node.info('memory'))?.[1];
    if (policy !== undefined && policy !== 'noeviction')
      return new TenantryError(
        'INVALID_OPTION',
        `Redis has the eviction policy ${policy}: short of memory it drops jobs, and records that readers then miss. Set \`maxmemory-policy noeviction\`.`,
      );
  }
  return undefined;
}
