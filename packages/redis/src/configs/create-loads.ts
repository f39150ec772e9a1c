import { randomBytes } from 'node:crypto';
import type { KeptConfig, Tenant } from '@tenantry/protocol';
import { createFeedCodec, createRedisNames } from '@tenantry/protocol/wire';
import type { RedisClient } from '../connection/redis-client.ts';
import { inlined, newEpoch, newTag, pushCommandOf } from '../scripts/feed-arguments.ts';
import { KEEP_LOADED } from '../scripts/keep-loaded.lua.ts';
import { GIVE_UP_LEASE } from '../scripts/leases.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import type { LoadedRecord } from './loaded-record.ts';

/** What became of a record that was to be kept. */
export type KeepOutcome = KeptConfig['kept'];

/**
 * Leases, and values that readers and workers loaded from a source, in Redis. Every method fails as ioredis does; budgets are the
 * caller's.
 */
export interface Loads {
  /** Takes the lease of this address for at most `forMs`. Answers its token, or undefined where another process has it. */
  lease(tenant: Tenant, address: string, forMs: number): Promise<string | undefined>;
  /** Ends the lease, unless another process has it by now. */
  release(tenant: Tenant, address: string, token: string): Promise<void>;
  /** Keeps a loaded value in Redis for all readers, and tells them of it. */
  keepLoaded(tenant: Tenant, loaded: LoadedRecord): Promise<KeepOutcome>;
}

const OUTCOMES: Readonly<Record<number, KeepOutcome>> = { 1: 'filled', 0: 'newer', [-1]: 'ended' };

/** Throws `INVALID_OPTION` for a prefix that cannot be. */
export function createLoads({ redis, prefix }: { redis: RedisClient; prefix?: string | undefined }): Loads {
  const names = createRedisNames(prefix);
  const { encodeHead } = createFeedCodec();
  const keepLoaded = createScriptRunner(KEEP_LOADED);
  const release = createScriptRunner(GIVE_UP_LEASE);
  return {
    async lease(tenant, address, forMs) {
      const token = randomBytes(12).toString('base64url');
      const taken = await redis.set(names.of(tenant).leasePrefix + address, token, 'PX', Math.ceil(forMs), 'NX');
      return taken === null ? undefined : token;
    },

    async release(tenant, address, token) {
      await release(redis, [names.of(tenant).leasePrefix + address], [token]);
    },

    async keepLoaded(tenant, { address, version, op, envelope, dropAt }) {
      const { keyPrefix, records, tombstones, feed, epoch, dirty } = names.of(tenant);
      const isPut = op === 'put';
      const head = encodeHead({
        owner: address,
        // Told of only where there is one.
        version: Math.max(1, version),
        op: isPut ? 'put' : 'delete',
        addresses: isPut ? [address] : [],
      });
      const [inline = 0] = inlined([{ envelope }]);
      const answer = await keepLoaded(
        redis,
        [records, tombstones, feed, epoch, dirty],
        [
          keyPrefix,
          pushCommandOf(redis),
          newEpoch(),
          newTag(),
          address,
          version,
          op,
          head,
          inline,
          Math.floor(dropAt),
          envelope,
        ],
      );
      return OUTCOMES[Number(answer)] as KeepOutcome;
    },
  };
}
