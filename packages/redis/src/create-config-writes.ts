import type { RedisNames } from '@tenantry/protocol';
import { WRITE_CONFIG } from './config-scripts.lua.ts';
import { INLINE_BYTES, MESSAGE_BYTES } from './create-replica.ts';
import { type DirtyEntry, type DirtyWrite, dirtyCodec } from './dirty-entry.ts';
import { createGroupCommit } from './group-commit.ts';
import { createRandomBytes } from './random-bytes.ts';
import { isCluster, type RedisClient } from './redis-client.ts';
import { createScriptRunner } from './run-script.ts';

/** One config's new state, to which Redis gives the version. */
export interface ConfigPut {
  /** Its record's name, and its address. */
  readonly owner: string;
  /** Only if this version stands. Left out: whichever. */
  readonly expected?: number | undefined;
  /** Only where a value stands; one that does not is asked for, as an unknown version is. Not together with `expected`. */
  readonly isSet?: boolean | undefined;
  /** The version that the database has, for a Redis that does not know any. */
  readonly base?: number | undefined;
  /** With any version: Redis puts its own in its place. Left out where it is taken away. */
  readonly envelope?: Buffer | undefined;
  /** ms since 1970, 0 never: when Redis drops the value. */
  readonly dropAt: number;
  /** What the database has to get; left out where it gets nothing. */
  readonly dirty?: { readonly writeId: string; readonly write: DirtyWrite } | undefined;
}

/** What became of some changes. */
export type ConfigAnswer =
  | { readonly kind: 'written'; readonly versions: readonly number[]; readonly isFirstDirty: boolean }
  /** Redis does not know the versions of these, or that they are set: nothing was written. */
  | { readonly kind: 'unknown'; readonly changes: readonly number[] }
  | { readonly kind: 'conflict'; readonly change: number; readonly version: number };

/** What Redis has of one config. */
export interface StandingConfig {
  /** Undefined: not known. */
  readonly version: number | undefined;
  /** Redis is known to have nothing there; otherwise a missing envelope may have been dropped. */
  readonly isUnset: boolean;
  readonly envelope: Buffer | null;
  readonly dirty: DirtyEntry | undefined;
}

/** Configs that are written to Redis first. Every method fails as ioredis does; budgets are the caller's. */
export interface ConfigWrites {
  /** All in one step, and one message to readers, together with what else is written in this turn of the event loop. */
  write(redis: RedisClient, tenant: string, puts: readonly ConfigPut[]): Promise<ConfigAnswer>;
  /** All of one moment. */
  read(redis: RedisClient, tenant: string, owners: readonly string[]): Promise<StandingConfig[]>;
}

export function createConfigWrites({ names, feedLength }: { names: RedisNames; feedLength: number }): ConfigWrites {
  const writeConfig = createScriptRunner(WRITE_CONFIG);
  const scriptHead = createScriptHead();
  // What is written in one turn of the event loop is one script call: that is most of what a busy process's writes cost.
  const together = createGroupCommit(async (redis, tenant, callers: readonly (readonly ConfigPut[])[]) => {
    const { records, tombstones, feed, epoch, dirty, keyPrefix } = names.of(tenant);
    const args = scriptHead(redis, keyPrefix, feedLength, callers.length);
    const inlines = inlined(callers.flat());
    let n = 0;
    for (const puts of callers) {
      args.push(puts.length);
      for (const { owner, isSet, base = '-', envelope = NOTHING, dropAt, dirty: mark, ...put } of puts) {
        const expected = put.expected ?? (isSet ? '+' : '-');
        const inline = inlines[n++] as number;
        // While dirty, the value has no end in Redis: it may be all there is.
        const endsAt = mark ? 0 : Math.floor(dropAt);
        const isPlain = expected === '-' && base === '-' && inline === 1 && endsAt === 0;
        args.push(owner, isPlain ? '' : `${expected} ${base} ${inline} ${endsAt}`, envelope);
        args.push(mark ? dirtyCodec.encode(mark.writeId, mark.write) : '');
      }
    }
    const replies = (await writeConfig(redis, [records, tombstones, feed, epoch, dirty], args)) as Reply[];
    return replies.map(toAnswer);
  });

  return {
    write: (redis, tenant, puts) => together(redis, tenant, puts),

    async read(redis, tenant, owners) {
      const { records, dirty, keyPrefix } = names.of(tenant);
      const replies = await redis
        .multi()
        .hmget(records, ...owners)
        .hmgetBuffer(dirty, ...owners)
        .mgetBuffer(owners.map(owner => keyPrefix + owner))
        .exec();
      const [known, entries, envelopes] = (replies ?? []).map(([error, reply]) => {
        if (error) throw error;
        return reply;
      }) as [(string | null)[], (Buffer | null)[], (Buffer | null)[]];
      return owners.map((owner, i) => {
        const entry = entries[i] ? dirtyCodec.decode(owner, entries[i]) : undefined;
        const record = known[i];
        return {
          version: record ? Number.parseInt(record, 10) : entry?.version,
          isUnset: record !== null && record !== undefined && !record.includes(' '),
          envelope: envelopes[i] ?? null,
          dirty: entry,
        };
      });
    },
  };
}

type Reply = readonly [ConfigAnswer['kind'], ...number[]];

function toAnswer([kind, ...numbers]: Reply): ConfigAnswer {
  if (kind === 'unknown') return { kind, changes: numbers.map(change => change - 1) };
  if (kind === 'conflict') return { kind, change: (numbers[0] as number) - 1, version: numbers[1] as number };
  return { kind: 'written', isFirstDirty: numbers[0] === 1, versions: numbers.slice(1) };
}

export const NOTHING: Buffer = Buffer.alloc(0);

/** The arguments with which every script that changes a config begins. */
export type ScriptHead = (
  redis: RedisClient,
  keyPrefix: string,
  feedLength: number,
  changes: number,
) => (string | number | Buffer)[];

export function createScriptHead(): ScriptHead {
  const random = createRandomBytes();
  return (redis, keyPrefix, feedLength, changes) => {
    const push = isCluster(redis) ? 'SPUBLISH' : 'PUBLISH';
    return [keyPrefix, push, feedLength, random(9).toString('base64url'), random(8), changes];
  };
}

/** For each, 1 where its value is small enough to travel in the message. */
export function inlined(puts: readonly { readonly envelope?: Buffer | undefined }[]): number[] {
  let bytes = 0;
  return puts.map(({ envelope = NOTHING }) => {
    if (envelope.length > INLINE_BYTES || bytes + envelope.length > MESSAGE_BYTES) return 0;
    bytes += envelope.length;
    return 1;
  });
}
