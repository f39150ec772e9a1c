import { randomBytes } from 'node:crypto';
import type { Tenant } from '@tenantry/protocol';
import { createFeedCodec, createRedisNames } from '@tenantry/protocol/wire';
import type { RedisClient } from '../connection/redis-client.ts';
import { inlined, newEpoch, newTag, pushCommandOf } from '../scripts/feed-arguments.ts';
import { KEEP_LOADED } from '../scripts/keep-loaded.lua.ts';
import { GIVE_UP_LEASE } from '../scripts/leases.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';

/** One config's value as a reader loaded it from its source. */
export interface LoadedRecord {
  /** The config's address, which is its record's name, too. */
  readonly address: string;
  /** 0: it never was set. */
  readonly version: number;
  /** The value, or that there is none. */
  readonly op: 'put' | 'absent';
  readonly envelope: Buffer;
  /** When Redis drops it, ms since 1970; 0 never. */
  readonly dropAt: number;
}

/**
 * `filled`: Redis keeps the loaded value; `newer`: Redis has a newer value, which the caller should read; `ended`: the value
 * was removed at this version or a newer one.
 */
export type KeepOutcome = 'filled' | 'newer' | 'ended';

/** Leases and loaded values in Redis, for readers that load configs from a source. Every method fails as ioredis does; budgets are the caller's. */
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
