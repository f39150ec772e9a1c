import type { Tenant } from '@tenantry/protocol';
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
