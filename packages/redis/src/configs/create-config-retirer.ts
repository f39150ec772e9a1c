import { tenantText } from '@tenantry/protocol/internal';
import type { RedisClient } from '../connection/redis-client.ts';
import type { Replica } from '../replica/create-replica.ts';
import { scanPublished } from '../replica/scan-tenants.ts';
import { newEpoch, newTag, pushCommandOf } from '../scripts/feed-arguments.ts';
import { RETIRE_CONFIG } from '../scripts/retire-config.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';

/** A config that is about to leave Redis. */
export interface RetiringConfig {
  /** Its record's name, and its address. */
  readonly owner: string;
  /** What the database has; 0: nothing. */
  readonly version: number;
}

/** Ends configs in Redis, tenant by tenant. Every method fails as ioredis does; budgets are the caller's. */
export interface ConfigRetirer {
  /**
   * Removes the config's key and lease and tells readers that it has ended. False where the config is dirty: nothing was
   * changed.
   */
  retire(tenant: string, config: RetiringConfig): Promise<boolean>;
  /** Every tenant that Redis knows, as text, some at a time; one may come twice. */
  tenants(): AsyncGenerator<string[]>;
}

/** Ends configs under the names of this replica. */
export function createConfigRetirer(
  redis: RedisClient,
  { names, feedLength }: Pick<Replica, 'names' | 'feedLength'>,
): ConfigRetirer {
  const retire = createScriptRunner(RETIRE_CONFIG);
  return {
    async retire(tenant, { owner, version }) {
      const { records, tombstones, feed, epoch, dirty, keyPrefix, leasePrefix } = names.of(tenant);
      const keys = [records, tombstones, feed, epoch, dirty, keyPrefix + owner, leasePrefix + owner];
      const args = [pushCommandOf(redis), feedLength, newEpoch(), newTag(), owner, version];
      return (await retire(redis, keys, args)) === 1;
    },

    async *tenants() {
      for await (const some of scanPublished(redis, names)) yield [...new Set(some.map(tenantText))];
    },
  };
}
