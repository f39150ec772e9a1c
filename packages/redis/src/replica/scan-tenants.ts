import type { Tenant } from '@tenantry/protocol';
import type { RedisNames } from '@tenantry/protocol/wire';
import { isCluster, type RedisClient } from '../connection/redis-client.ts';

/** Every tenant that has a name like this, some at a time; a scan may give one twice. */
export async function* scanTenants(
  redis: RedisClient,
  pattern: string,
  tenantOf: (name: string) => Tenant | undefined,
): AsyncGenerator<Tenant[]> {
  for (const node of isCluster(redis) ? redis.nodes('master') : [redis]) {
    let cursor = '0';
    do {
      const [next, found] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
      yield found.map(tenantOf).filter(tenant => tenant !== undefined);
      cursor = next;
    } while (cursor !== '0');
  }
}

/** Every tenant for which something was published, some at a time; a scan may give one twice. */
export function scanPublished(redis: RedisClient, names: RedisNames): AsyncGenerator<Tenant[]> {
  return scanTenants(redis, names.epochPattern, name => names.tenantOfEpoch(name));
}
