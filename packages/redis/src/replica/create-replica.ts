import type { Tenant } from '@tenantry/protocol';
import { type ChangeOp, createRedisNames, parseVersion, type RedisNames } from '@tenantry/protocol/wire';
import { checkRedisClient, type RedisClient } from '../connection/redis-client.ts';
import { APPLY } from '../scripts/apply.lua.ts';
import { type ByteWriter, createByteWriter } from '../scripts/byte-writer.ts';
import { createScriptHead, inlined, NOTHING } from '../scripts/feed-arguments.ts';
import { PURGE_TOMBSTONES } from '../scripts/purge-tombstones.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import { type FillParts, Fills } from './fills.ts';
import { scanPublished } from './scan-tenants.ts';

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
  /** Addresses that the record is known to have had, for a Redis that forgot them. */
  readonly formerAddresses?: readonly string[] | undefined;
  /** Left out on a put: Redis keeps no value and drops the one it has; readers load it. */
  readonly envelope?: Buffer | undefined;
  /** ms since 1970; 0 never. */
  readonly expiresAt?: number | undefined;
  /** Apply the change also where Redis knows this very version already: it brings back a key that was evicted or has expired. */
  readonly evenIfKnown?: boolean | undefined;
  /**
   * The record's newer state cannot be published: what stands of it says so from then on, until a newer change. The addresses are those
   * that are known; where nothing stands, the envelope does, with a version that Redis gives it.
   */
  readonly isBehind?: boolean | undefined;
}

/** The records of every tenant in Redis, to be written. Every method fails as ioredis does; budgets are the caller's. */
export interface Replica {
  readonly names: RedisNames;
  readonly feedLength: number;
  /**
   * Applies all changes in one step and tells readers in one message. Answers for each change whether it was newer than the
   * record in Redis. `INVALID_VERSION` where a version is not a positive whole number. `trace`: a W3C `traceparent` that readers get with it.
   */
  apply(tenant: Tenant, changes: readonly RecordChange[], trace?: string): Promise<boolean[]>;
  /** False where this Redis was never filled, or lost its data since. */
  isFilled(): Promise<boolean>;
  /**
   * Begins a fill: everything is about to be published. Answers a token by which the fill notices that Redis lost its data
   * meanwhile; undefined where Redis is filled, or another process is filling it. `force`: begins in any case.
   */
  beginFill(force?: boolean): Promise<string | undefined>;
  /** Extends the fill's lease by 30 s from now. False: Redis lost the token, or another fill has begun. */
  keepFilling(token: string): Promise<boolean>;
  /** Ends the fill's lease, so that the next fill may begin at once. */
  giveUpFill(token: string): Promise<void>;
  /**
   * Marks these tenants as filled and tells those of their readers that wait for a fill. False: Redis lost the token.
   * `fillId` is an id of the outbox that was drawn for this fill: by it readers tell a Redis that was filled again from one
   * that went back to before the fill.
   */
  completeTenants(token: string, tenants: readonly Tenant[], fillId: number): Promise<boolean>;
  /**
   * Marks this Redis as filled and tells the readers that still wait for it. False: Redis must be filled again. Readers that
   * noticed a Redis going back wait for the repair: Redis may still have records that were deleted since.
   */
  completeFill(token: string, fillId: number): Promise<boolean>;
  /**
   * Marks a repair as complete and tells the readers of every tenant. False: Redis is not filled, was filled again in the
   * meantime, or `shouldContinue` said no.
   */
  completeRepair(fillId: number, shouldContinue?: () => Promise<boolean>): Promise<boolean>;
  /** Forgets deletes older than `ageMs` in every tenant; answers how many. */
  purgeTombstones(ageMs: number): Promise<number>;
}

const DEFAULTS = Object.freeze({ feedLength: 256 });

const PURGE_BATCH = 500;

/** The write side of the replica. Throws `INVALID_OPTION` for what is not an ioredis instance or a prefix that cannot be. */
export function createReplica(options: ReplicaOptions): Replica {
  checkRedisClient(options.redis);
  const { redis, feedLength = DEFAULTS.feedLength } = options;
  const names = createRedisNames(options.prefix);
  const fills = new Fills({ redis, names, feedLength });
  return {
    names,
    feedLength,
    apply: createApply({ redis, names, feedLength }),
    isFilled: () => fills.isFilled(),
    beginFill: force => fills.begin(force),
    keepFilling: token => fills.keep(token),
    giveUpFill: token => fills.giveUp(token),
    completeTenants: (token, tenants, fillId) => fills.completeTenants(token, tenants, fillId),
    completeFill: (token, fillId) => fills.complete(token, fillId),
    completeRepair: (fillId, shouldContinue) => fills.completeRepair(fillId, shouldContinue),
    purgeTombstones: createPurge(redis, names),
  };
}

/** About how much of the changes is one argument. One for each part of a change would cost ioredis and Redis more than the change. */
const PIECE_BYTES = 256 * 1024;

function createApply({ redis, names, feedLength }: FillParts): Replica['apply'] {
  const run = createScriptRunner(APPLY);
  const scriptHead = createScriptHead();
  const bytes = createByteWriter();
  return async (tenant, changes, trace) => {
    const { records, tombstones, feed, epoch, keyPrefix } = names.of(tenant);
    const args = scriptHead(redis, keyPrefix, feedLength, changes.length);
    const inlines = inlined(changes);
    bytes.begin();
    for (const [i, change] of changes.entries()) {
      writeChange(bytes, change, inlines[i] as 0 | 1, i === 0 ? trace : undefined);
      if (bytes.length < PIECE_BYTES && i < changes.length - 1) continue;
      args.push(bytes.take());
      bytes.begin();
    }
    const flags = await run(redis, [records, tombstones, feed, epoch], args);
    return (flags as number[]).map(flag => flag === 1);
  };
}

/** As `APPLY` reads it, which sends a part of it to readers as it is: msgpack with a length of fixed size before everything. */
function writeChange(bytes: ByteWriter, change: RecordChange, inline: 0 | 1, trace: string | undefined): void {
  const { owner, op, addresses, formerAddresses = [], envelope = NOTHING, expiresAt = 0 } = change;
  // Checked here: Redis would stop at the first bad number, with the changes before it applied and never told.
  const version = parseVersion(change.version);
  // What is to be told of a record that is behind, only Redis knows.
  bytes.ascii(`${change.isBehind ? 'b' : op === 'put' ? 'p' : 'd'}${change.evenIfKnown ? 1 : 0}${inline}`);
  bytes.double(expiresAt > 0 ? Math.floor(expiresAt) : 0);
  bytes.count(formerAddresses.length);
  for (const address of formerAddresses) bytes.text(address);
  const head = bytes.openSized();
  bytes.byte(trace === undefined ? MSGPACK.arrayOf4 : MSGPACK.arrayOf5);
  bytes.byte(MSGPACK.text16);
  bytes.name(owner);
  bytes.byte(MSGPACK.double);
  bytes.double(version);
  bytes.byte(MSGPACK.shortText + op.length);
  bytes.ascii(op);
  bytes.byte(MSGPACK.array32);
  bytes.count(addresses.length);
  for (const address of addresses) {
    bytes.byte(MSGPACK.text32);
    bytes.text(address);
  }
  if (trace !== undefined) {
    bytes.byte(MSGPACK.text32);
    bytes.text(trace);
  }
  bytes.closeSized(head);
  bytes.bytes(envelope, 0);
}

const MSGPACK = {
  arrayOf4: 0x94,
  arrayOf5: 0x95,
  text16: 0xda,
  text32: 0xdb,
  shortText: 0xa0,
  double: 0xcb,
  array32: 0xdd,
} as const;

function createPurge(redis: RedisClient, names: RedisNames): Replica['purgeTombstones'] {
  const run = createScriptRunner(PURGE_TOMBSTONES);
  return async ageMs => {
    let purged = 0;
    for await (const tenants of scanPublished(redis, names)) {
      for (const tenant of tenants) {
        const { records, tombstones } = names.of(tenant);
        let batch: number;
        do purged += batch = Number(await run(redis, [records, tombstones], [ageMs, PURGE_BATCH]));
        while (batch === PURGE_BATCH);
      }
    }
    return purged;
  };
}
