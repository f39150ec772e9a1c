import { randomBytes } from 'node:crypto';
import type { Tenant } from '@tenantry/protocol';
import {
  type ChangeOp,
  createFeedCodec,
  createRedisNames,
  parseVersion,
  type RedisNames,
} from '@tenantry/protocol/wire';
import { checkRedisClient, isCluster, type RedisClient } from '../connection/redis-client.ts';
import {
  APPLY,
  COMPLETE_FILL,
  GIVE_UP_LEASE,
  KEEP_LEASE,
  MARK_FILLED,
  PURGE_TOMBSTONES,
} from '../scripts/apply.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import { markerOf, saysFilled } from './fill-state.ts';
import { scanTenants } from './scan-tenants.ts';

/** Options of `createReplica`. */
export interface ReplicaOptions {
  /** The application's connection; never closed here. Redis 6.2 or later, Cluster 7 or later. */
  readonly redis: RedisClient;
  /** The first part of every Redis name. Default `tenantry`. */
  readonly prefix?: string | undefined;
  /** About how many messages a tenant's feed keeps for readers that were cut off. Default 256. */
  readonly feedLength?: number | undefined;
}

/** One record's new state, or its end. */
export interface RecordChange {
  readonly owner: string;
  readonly version: number;
  readonly op: ChangeOp;
  /** Where the record stands after the change; none after a delete. */
  readonly addresses: readonly string[];
  /** Addresses it is known to have had; Redis remembers them too, unless it forgot. */
  readonly before?: readonly string[] | undefined;
  /** Left out on a put: Redis does not keep the value, and what it kept is void; readers load it. */
  readonly envelope?: Buffer | undefined;
  /** ms since 1970; 0 never. */
  readonly expiresAt?: number | undefined;
  /** Apply it also where this very version is known already: what was evicted or has expired is there again. */
  readonly restore?: boolean | undefined;
}

/** The records of every tenant in Redis, for those who write them. Every method fails as ioredis does; budgets are the caller's. */
export interface Replica {
  readonly names: RedisNames;
  readonly feedLength: number;
  /** Applies all changes in one step and tells readers in one message. Answers for each whether it was newer than what stood there. */
  apply(tenant: Tenant, changes: readonly RecordChange[]): Promise<boolean[]>;
  /** False where this Redis was never filled, or lost its data since. */
  isFilled(): Promise<boolean>;
  /**
   * Says that everything is about to be published. The token finds out whether Redis lost its data meanwhile;
   * undefined where somebody else is filling it. `anew`: whether it is filled, or is being filled by somebody, or not.
   */
  beginFill(anew?: boolean): Promise<string | undefined>;
  /** Says that the fill goes on; it counts as given up `FILL_LEASE_MS` (30 s) after the last word. False: lost meanwhile. */
  keepFilling(token: string): Promise<boolean>;
  /** Says that this fill goes on no more, so that the next one may begin at once. */
  giveUpFill(token: string): Promise<void>;
  /**
   * Says that everything of these tenants is in this Redis, and tells those of their readers that wait for a fill. False: lost meanwhile.
   * `as` is an id of the outbox that was drawn for it: a Redis that goes back to before this is told by it from one that was filled again.
   */
  completeTenants(token: string, tenants: readonly Tenant[], as: number): Promise<boolean>;
  /**
   * Says that everything is in this Redis, and tells the readers that still wait for it. False: it must be filled again. Those of a
   * Redis that went back wait for the repair: it may still have what was deleted since.
   */
  completeFill(token: string, as: number): Promise<boolean>;
  /** Says of a filled Redis that what it had lost is there again, and tells every tenant's readers. False: it is not filled, or was again meanwhile. */
  completeRepair(as: number, goesOn?: () => Promise<boolean>): Promise<boolean>;
  /** Forgets deletes older than `ageMs` in every tenant; answers how many. */
  purgeTombstones(ageMs: number): Promise<number>;
}

const DEFAULTS = Object.freeze({ feedLength: 256 });

// A value above the first is fetched by the readers that want it, and one message never outgrows the second: what is
// pushed is pushed to every reader of the tenant.
export const INLINE_BYTES = 4 * 1024;
export const MESSAGE_BYTES = 64 * 1024;
const PURGE_BATCH = 500;
const FILL_LEASE_MS = 30_000;

/** The write side of the replica. Throws `INVALID_OPTION` for what is not an ioredis instance or a prefix that cannot be. */
export function createReplica(options: ReplicaOptions): Replica {
  checkRedisClient(options.redis);
  const { redis, feedLength = DEFAULTS.feedLength } = options;
  const names = createRedisNames(options.prefix);
  const { encodeHead } = createFeedCodec();
  const apply = createScriptRunner(APPLY);
  const markFilled = createScriptRunner(MARK_FILLED);
  const keepFilling = createScriptRunner(KEEP_LEASE);
  const completeFill = createScriptRunner(COMPLETE_FILL);
  const giveUpFill = createScriptRunner(GIVE_UP_LEASE);
  const purge = createScriptRunner(PURGE_TOMBSTONES);
  const push = isCluster(redis) ? 'SPUBLISH' : 'PUBLISH';

  /** The last fill of this process that is over. */
  let ended = '';

  const isFilled = async () => saysFilled(await redis.get(names.replicaMarker));

  // A tenant that Redis lost and that began anew holds next to nothing: it must not be called filled.
  //   filler: marker is the token
  //   Redis:                        FLUSHALL
  //   writer:                                  apply, a new epoch
  //   filler:                                                       mark filled   → only the epoch read before
  async function complete(
    some: readonly Tenant[],
    { as, isRepair }: { readonly as: number; readonly isRepair: boolean },
    isKept: () => Promise<boolean>,
  ): Promise<boolean> {
    const epochs = await Promise.all(some.map(tenant => redis.hget(names.of(tenant).epoch, 'id')));
    if (!(await isKept())) return false;
    await Promise.all(
      some.map((tenant, i) => {
        const { feed, epoch } = names.of(tenant);
        const args = [push, feedLength, newEpoch(), newTag(), epochs[i] ?? '', parseVersion(as), isRepair ? 1 : 0];
        return markFilled(redis, [feed, epoch], args);
      }),
    );
    return true;
  }

  return {
    names,
    feedLength,

    async apply(tenant, changes) {
      const { records, tombstones, feed, epoch, keyPrefix } = names.of(tenant);
      const args: (string | number | Buffer)[] = [keyPrefix, push, feedLength, newEpoch(), newTag(), changes.length];
      let inlined = 0;
      for (const change of changes) {
        const { owner, version, op, addresses, before = [], envelope = NOTHING, expiresAt = 0 } = change;
        const inline = envelope.length <= INLINE_BYTES && inlined + envelope.length <= MESSAGE_BYTES;
        if (inline) inlined += envelope.length;
        // Checked here: Redis would stop at the first bad number, with the changes before it applied and never told.
        args.push(owner, parseVersion(version), op, encodeHead(change), inline ? 1 : 0);
        args.push(expiresAt > 0 ? Math.floor(expiresAt) : 0, envelope, change.restore ? 1 : 0);
        args.push(addresses.length, ...addresses, before.length, ...before);
      }
      const flags = await apply(redis, [records, tombstones, feed, epoch], args);
      return (flags as number[]).map(flag => flag === 1);
    },

    isFilled,

    async beginFill(anew = false) {
      const token = newEpoch();
      // A Redis that went back may say that it is still under way.
      if (ended !== '') await giveUpFill(redis, [names.replicaMarker], [ended]);
      const begun = anew
        ? await redis.set(names.replicaMarker, token, 'PX', FILL_LEASE_MS)
        : await redis.set(names.replicaMarker, token, 'PX', FILL_LEASE_MS, 'NX');
      return begun === null ? undefined : token;
    },

    async keepFilling(token) {
      return (await keepFilling(redis, [names.replicaMarker], [token, FILL_LEASE_MS])) === 1;
    },

    async giveUpFill(token) {
      ended = token;
      await giveUpFill(redis, [names.replicaMarker], [token]);
    },

    completeTenants(token, some, as) {
      return complete(some, { as, isRepair: false }, () => this.keepFilling(token));
    },

    async completeFill(token, as) {
      for await (const some of tenants(redis, names)) if (!(await this.completeTenants(token, some, as))) return false;
      ended = token;
      return (await completeFill(redis, [names.replicaMarker], [token, markerOf(token)])) === 1;
    },

    async completeRepair(as, goesOn = async () => true) {
      const marker = await redis.get(names.replicaMarker);
      if (!saysFilled(marker)) return false;
      const isKept = async () => (await goesOn()) && (await redis.get(names.replicaMarker)) === marker;
      for await (const some of tenants(redis, names))
        if (!(await complete(some, { as, isRepair: true }, isKept))) return false;
      return (await completeFill(redis, [names.replicaMarker], [marker, markerOf(newEpoch())])) === 1;
    },

    async purgeTombstones(ageMs) {
      let purged = 0;
      for await (const some of tenants(redis, names)) {
        for (const tenant of some) {
          const { records, tombstones } = names.of(tenant);
          let batch: number;
          do purged += batch = Number(await purge(redis, [records, tombstones], [ageMs, PURGE_BATCH]));
          while (batch === PURGE_BATCH);
        }
      }
      return purged;
    },
  };
}

const NOTHING = Buffer.alloc(0);

export const newEpoch = () => randomBytes(9).toString('base64url');
export const newTag = () => randomBytes(8);

const tenants = (redis: RedisClient, names: RedisNames) =>
  scanTenants(redis, names.epochPattern, name => names.tenantOfEpoch(name));
