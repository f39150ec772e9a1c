import { isCluster, type RedisClient } from '../connection/redis-client.ts';
import { newEpoch, newTag, pushCommandOf } from '../scripts/feed-arguments.ts';
import { GIVE_UP_LEASE, KEEP_LEASE } from '../scripts/leases.lua.ts';
import { BEGIN_EPOCH, SET_WATERMARK } from '../scripts/rewind.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import type { Replica } from './create-replica.ts';
import { isFilledState } from './fill-state.ts';
import { scanPublished } from './scan-tenants.ts';

/** How far this Redis and the database were the same when they were last compared. */
export interface Watermark {
  /** An id of the outbox. */
  readonly version: number;
  /** The incarnations of the servers that had every record; empty where Redis does not tell them, `?` where no server had. */
  readonly servers: string;
}

/** The marks by which workers notice that a Redis went back or lost data. Every method fails as ioredis does. */
export interface ReplicaMarks {
  watermark(): Promise<Watermark | undefined>;
  /** Replaces the watermark `from`. False: another watermark is there by now. */
  setWatermark(from: Watermark | undefined, to: Watermark): Promise<boolean>;
  /** The present incarnations of the servers: a restart, a failover or an eviction begins another one. Empty where INFO is not allowed. */
  incarnations(): Promise<string>;
  /** Makes workers fill this Redis again. Until then readers keep their values, marked stale. */
  dropFilled(): Promise<void>;
  /** Begins a new epoch of every tenant. */
  beginEpochs(): Promise<void>;
  /** Takes the lease for a repair, for 30 s. Answers its token, or undefined where another process has the lease. */
  beginRepair(): Promise<string | undefined>;
  /** Extends the lease by 30 s from now. False: Redis lost the lease, or another process has it. */
  keepRepairing(token: string): Promise<boolean>;
  /** Ends the lease, so that the next repair may begin. */
  endRepair(token: string): Promise<void>;
}

const REPAIR_LEASE_MS = 30_000;

/** The marks under the names of this replica. */
export function createReplicaMarks(
  redis: RedisClient,
  { names, feedLength }: Pick<Replica, 'names' | 'feedLength'>,
): ReplicaMarks {
  const setWatermark = createScriptRunner(SET_WATERMARK);
  const beginEpoch = createScriptRunner(BEGIN_EPOCH);
  const keepLease = createScriptRunner(KEEP_LEASE);
  const giveUpLease = createScriptRunner(GIVE_UP_LEASE);

  return {
    watermark: async () => decodeWatermark(await redis.get(names.watermark)),

    setWatermark: async (from, to) =>
      (await setWatermark(redis, [names.watermark], [from ? encodeWatermark(from) : '', encodeWatermark(to)])) === 1,

    async incarnations() {
      const nodes = isCluster(redis) ? redis.nodes('master') : [redis];
      const lives = nodes.map(async node => {
        const [server, stats] = await Promise.all([node.info('server'), node.info('stats')]);
        const evicted = /^evicted_keys:([1-9]\d*)/m.exec(stats)?.[1];
        return (/^run_id:(\w+)/m.exec(server)?.[1] ?? '') + (evicted === undefined ? '' : `/${evicted}`);
      });
      // Where INFO is not allowed, nothing is known; that is no trouble.
      return (await Promise.all(lives).catch(() => [])).sort().join(',');
    },

    async dropFilled() {
      const state = await redis.get(names.fillState);
      if (isFilledState(state)) await giveUpLease(redis, [names.fillState], [state]);
    },

    async beginEpochs() {
      for await (const some of scanPublished(redis, names)) {
        await Promise.all(
          some.map(tenant => {
            const { feed, epoch } = names.of(tenant);
            return beginEpoch(redis, [feed, epoch], [pushCommandOf(redis), feedLength, newEpoch(), newTag()]);
          }),
        );
      }
    },

    async beginRepair() {
      const token = newEpoch();
      const taken = await redis.set(names.repairLease, token, 'PX', REPAIR_LEASE_MS, 'NX');
      return taken === null ? undefined : token;
    },

    async keepRepairing(token) {
      return (await keepLease(redis, [names.repairLease], [token, REPAIR_LEASE_MS])) === 1;
    },

    async endRepair(token) {
      await giveUpLease(redis, [names.repairLease], [token]);
    },
  };
}

const encodeWatermark = ({ version, servers }: Watermark): string => `${version} ${servers}`;

function decodeWatermark(text: string | null): Watermark | undefined {
  const [, version, servers = ''] = /^(\d+) (.*)$/.exec(text ?? '') ?? [];
  return version === undefined ? undefined : { version: Number(version), servers };
}
