import type { RedisNames } from '@tenantry/protocol/wire';
import type { RedisClient } from '../connection/redis-client.ts';
import { createByteWriter } from '../scripts/byte-writer.ts';
import { createScriptHead, inlined, NOTHING } from '../scripts/feed-arguments.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import { WRITE_CONFIG } from '../scripts/write-config.lua.ts';
import { type DirtyEntry, type DirtyWrite, dirtyCodec } from './dirty-entry.ts';
import { createGroupCommit } from './group-commit.ts';

/** One config's new state, to which Redis gives the version. */
export interface ConfigPut {
  /** Its record's name, and its address. */
  readonly owner: string;
  /** The write counts only if the config is at this version. Left out: at any version. */
  readonly expected?: number | undefined;
  /**
   * The write counts only if Redis has a value. A config without one is answered as `unknown`, like one without a known
   * version. Not together with `expected`.
   */
  readonly isSet?: boolean | undefined;
  /** The version in the database, for a Redis that knows none. */
  readonly base?: number | undefined;
  /** The new value, with any version: Redis puts its own version into it. Left out where the value is removed. */
  readonly envelope?: Buffer | undefined;
  /** ms since 1970, 0 never: when Redis drops the value. */
  readonly dropAt: number;
  /** What the database has to get; left out where it gets nothing. */
  readonly dirty?: { readonly writeId: string; readonly write: DirtyWrite } | undefined;
}

/** The outcome of one caller's changes. */
export type ConfigAnswer =
  | { readonly kind: 'written'; readonly versions: readonly number[]; readonly isFirstDirty: boolean }
  /** Redis does not know the version of these changes' configs, or that they have a value: nothing was written. */
  | { readonly kind: 'unknown'; readonly changes: readonly number[] }
  | { readonly kind: 'conflict'; readonly change: number; readonly version: number };

/** One config as it stands in Redis. */
export interface ActualConfig {
  /** Undefined: not known. */
  readonly version: number | undefined;
  /** Redis is known to have nothing there; otherwise a missing envelope may have been dropped. */
  readonly isUnset: boolean;
  readonly envelope: Buffer | null;
  readonly dirty: DirtyEntry | undefined;
}

/** Configs that are written to Redis first. Every method fails as ioredis does; budgets are the caller's. */
export interface ConfigWrites {
  /** Writes all changes in one step and tells readers in one message, which other writes of the same turn of the event loop share. */
  write(redis: RedisClient, tenant: string, puts: readonly ConfigPut[]): Promise<ConfigAnswer>;
  /** Reads all configs at one moment. */
  read(redis: RedisClient, tenant: string, owners: readonly string[]): Promise<ActualConfig[]>;
}

/** Writes configs under these names. Writes of one turn of the event loop share one script call. */
export function createConfigWrites({ names, feedLength }: { names: RedisNames; feedLength: number }): ConfigWrites {
  const writeConfig = createScriptRunner(WRITE_CONFIG);
  const scriptHead = createScriptHead();
  const bytes = createByteWriter();
  // What is written in one turn of the event loop is one script call: that is most of what a busy process's writes cost.
  const together = createGroupCommit(async (redis, tenant, callers: readonly (readonly ConfigPut[])[]) => {
    const { records, tombstones, feed, epoch, dirty, keyPrefix } = names.of(tenant);
    const puts = callers.flat();
    const args = scriptHead(redis, keyPrefix, feedLength, puts.length);
    args.push(callers.every(({ length }) => length === 1) ? '' : callers.map(({ length }) => length).join(' '));
    args.push(optionsOf(puts));
    bytes.begin();
    for (const { owner, envelope, dirty: mark } of puts) {
      bytes.name(owner);
      bytes.bytes(envelope ?? NOTHING, envelope ? AFTER_VERSION : 0);
      bytes.text(mark ? dirtyCodec.encode(mark.writeId, mark.write) : '');
    }
    args.push(bytes.take());
    const reply = (await writeConfig(redis, [records, tombstones, feed, epoch, dirty], args)) as number[];
    return toAnswers(reply, callers);
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

/** Nearly always nothing is asked of what stands, and envelopes are pushed, have no end and are of format 1: that goes without saying. */
function optionsOf(puts: readonly ConfigPut[]): string {
  const inlines = inlined(puts);
  let isPlain = true;
  const options = puts.map(({ isSet, base, envelope, dropAt, dirty, ...put }, i) => {
    const expected = put.expected ?? (isSet ? '+' : '-');
    // While dirty, the value has no end in Redis: it may be all there is.
    const endsAt = dirty ? 0 : Math.floor(dropAt);
    const format = envelope?.[0] ?? 1;
    isPlain &&= expected === '-' && base === undefined && inlines[i] === 1 && endsAt === 0 && format === 1;
    return isPlain ? PLAIN : `${expected} ${base ?? '-'} ${inlines[i]} ${endsAt} ${format}`;
  });
  return isPlain ? '' : options.join(' ');
}

const PLAIN = '- - 1 0 1';
/** Where an envelope's version ends. */
const AFTER_VERSION = 9;

/** One answer for each caller; numbers alone, because Redis and ioredis are quickest with those. */
function toAnswers(reply: readonly number[], callers: readonly (readonly ConfigPut[])[]): ConfigAnswer[] {
  const isFirstDirty = reply[0] === 1;
  let at = 1;
  const take = (count: number) => {
    at += count;
    return reply.slice(at - count, at);
  };
  return callers.map(({ length }) => {
    const first = reply[at] as number;
    if (first > 0 || length === 0) return { kind: 'written', isFirstDirty, versions: take(length) };
    const [, change = 0, version = 0] = first < 0 ? take(3) : take(2);
    if (first < 0) return { kind: 'conflict', change: change - 1, version };
    return { kind: 'unknown', changes: take(change).map(each => each - 1) };
  });
}
