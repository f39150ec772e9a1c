import { isCluster, type RedisClient } from '../connection/redis-client.ts';
import { newEpoch, newTag, pushCommandOf } from '../scripts/feed-arguments.ts';
import { GIVE_UP_LEASE, KEEP_LEASE } from '../scripts/leases.lua.ts';
import { BEGIN_EPOCH, SET_WATERMARK } from '../scripts/rewind.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import type { Replica } from './create-replica.ts';
import { isFilledState } from './fill-state.ts';
import { scanPublished } from './scan-tenants.ts';

/** What this Redis remembers of the database it was last compared with. */
export interface Watermark {
  /** An id of the outbox. */
  readonly version: number;
  /** The servers on which all was there, by what each calls one of its lives; empty where that is not told, `?` where none was. */
  readonly servers: string;
}

/** Finds out whether a Redis is the one it was, and says that it is not. Every method fails as ioredis does. */
export interface ReplicaMarks {
  watermark(): Promise<Watermark | undefined>;
  /** False: it is not `from` any more. */
  setWatermark(from: Watermark | undefined, to: Watermark): Promise<boolean>;
  /** The present lives of the servers: a restart or a failover begins another, and so does each eviction. */
  incarnations(): Promise<string>;
  /** Has it filled again; until then readers keep what they have, marked stale. */
  dropFilled(): Promise<void>;
  /** Begins a new epoch of every tenant. */
  beginEpochs(): Promise<void>;
  /** Lets one process repair what Redis lost; undefined where another one is at it. It counts as given up 30 s after its last word. */
  beginRepair(): Promise<string | undefined>;
  /** Says that the repair goes on. False: Redis lost the lease, or somebody else has it. */
  keepRepairing(token: string): Promise<boolean>;
  /** Says that it is over, so that the next one may begin. */
  endRepair(token: string): Promise<void>;
}

const REPAIR_LEASE_MS = 30_000;

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
