import type { Tenant } from '@tenantry/protocol';
import type { RedisNames } from '@tenantry/protocol/wire';
import { isCluster, type RedisClient } from '../connection/redis-client.ts';
import { GIVE_UP_LEASE, KEEP_LEASE } from '../scripts/apply.lua.ts';
import { BEGIN_EPOCH, SET_MARK } from '../scripts/rewind.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import { newEpoch, newTag, type Replica } from './create-replica.ts';
import { saysFilled } from './fill-state.ts';
import { scanTenants } from './scan-tenants.ts';

/** What this Redis remembers of the database it was last compared with. */
export interface ReplicaMark {
  /** An id of the outbox. */
  readonly version: number;
  /** The servers on which all was there, by what each calls one of its lives; empty where that is not told, `?` where none was. */
  readonly servers: string;
}

/** Finds out whether a Redis is the one it was, and says that it is not. Every method fails as ioredis does. */
export interface ReplicaHistory {
  mark(): Promise<ReplicaMark | undefined>;
  /** False: it is not `from` any more. */
  setMark(from: ReplicaMark | undefined, to: ReplicaMark): Promise<boolean>;
  /** The present lives of the servers: a restart or a failover begins another, and so does each eviction. */
  servers(): Promise<string>;
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

export function createHistory(
  redis: RedisClient,
  { names, feedLength }: Pick<Replica, 'names' | 'feedLength'>,
): ReplicaHistory {
  const setMark = createScriptRunner(SET_MARK);
  const beginEpoch = createScriptRunner(BEGIN_EPOCH);
  const keepLease = createScriptRunner(KEEP_LEASE);
  const giveUpLease = createScriptRunner(GIVE_UP_LEASE);
  const push = isCluster(redis) ? 'SPUBLISH' : 'PUBLISH';

  return {
    mark: async () => decodeMark(await redis.get(names.replicaMark)),

    setMark: async (from, to) =>
      (await setMark(redis, [names.replicaMark], [from ? encodeMark(from) : '', encodeMark(to)])) === 1,

    async servers() {
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
      const marker = await redis.get(names.replicaMarker);
      if (saysFilled(marker)) await giveUpLease(redis, [names.replicaMarker], [marker]);
    },

    async beginEpochs() {
      for await (const some of tenants(redis, names)) {
        await Promise.all(
          some.map(tenant => {
            const { feed, epoch } = names.of(tenant);
            return beginEpoch(redis, [feed, epoch], [push, feedLength, newEpoch(), newTag()]);
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

const tenants = (redis: RedisClient, names: RedisNames): AsyncGenerator<Tenant[]> =>
  scanTenants(redis, names.epochPattern, name => names.tenantOfEpoch(name));

const encodeMark = ({ version, servers }: ReplicaMark): string => `${version} ${servers}`;

function decodeMark(text: string | null): ReplicaMark | undefined {
  const [, version, servers = ''] = /^(\d+) (.*)$/.exec(text ?? '') ?? [];
  return version === undefined ? undefined : { version: Number(version), servers };
}
