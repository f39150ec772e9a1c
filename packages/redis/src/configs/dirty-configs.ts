import type { ChangeOp, RedisNames } from '@tenantry/protocol/wire';
import type { RedisClient } from '../connection/redis-client.ts';
import { scanTenants } from '../replica/scan-tenants.ts';
import { END_FLUSHED, FAIL_DIRTY, RESTORE_DIRTY_MARK, REVIVE_DEAD } from '../scripts/dirty.lua.ts';
import { createScriptHead, inlined, NOTHING } from '../scripts/feed-arguments.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import { type DirtyEntry, type DirtyWrite, dirtyCodec } from './dirty-entry.ts';

/** A write that is in the database now. */
export interface FlushedWrite {
  readonly owner: string;
  readonly writeId: string;
  /** What the database gave it: its own version, or a higher one where the database had moved on. */
  readonly version: number;
  readonly op: ChangeOp;
  readonly dropAt: number;
  /** Only where the version is another than its own. */
  readonly envelope?: Buffer | undefined;
}

/** How often, and after which pauses, a write that fails by its own fault is tried. */
export interface FailurePolicy {
  readonly maxAttempts: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

const SCAN_COUNT = 500;

/** What a `DirtyConfigs` works with. */
export interface DirtyConfigsParts {
  readonly redis: RedisClient;
  readonly names: RedisNames;
  readonly feedLength: number;
}

/** The writes that wait for the database, and the dead letters that wait for a decision. Every method fails as ioredis does. */
export class DirtyConfigs {
  readonly #redis: RedisClient;
  readonly #names: RedisNames;
  readonly #feedLength: number;
  readonly #scriptHead = createScriptHead();
  readonly #endFlushed = createScriptRunner(END_FLUSHED);
  readonly #fail = createScriptRunner(FAIL_DIRTY);
  readonly #reviveDead = createScriptRunner(REVIVE_DEAD);
  readonly #restoreMark = createScriptRunner(RESTORE_DIRTY_MARK);

  constructor({ redis, names, feedLength }: DirtyConfigsParts) {
    this.#redis = redis;
    this.#names = names;
    this.#feedLength = feedLength;
  }

  async count(tenant: string): Promise<number> {
    // `stringNumbers` makes it a text.
    return Number(await this.#redis.hlen(this.#names.of(tenant).dirty));
  }

  /** The entries of those of these owners that are dirty. */
  async dirtyOf(tenant: string, owners: readonly string[]): Promise<DirtyEntry[]> {
    const entries = await this.#redis.hmgetBuffer(this.#names.of(tenant).dirty, ...owners);
    return owners.flatMap((owner, i) => (entries[i] ? [dirtyCodec.decode(owner, entries[i])] : []));
  }

  /** Every dirty entry, some at a time. `onDamaged` is called for an entry that cannot be read; the scan leaves it out. */
  async *scan(tenant: string, onDamaged: (owner: string, error: unknown) => void): AsyncGenerator<DirtyEntry[]> {
    const { dirty } = this.#names.of(tenant);
    let cursor = '0';
    do {
      const [next, found]: [Buffer, Buffer[]] = await this.#redis.hscanBuffer(dirty, cursor, 'COUNT', SCAN_COUNT);
      const entries = new Map<string, DirtyEntry>();
      for (let i = 0; i < found.length; i += 2) {
        const owner = String(found[i]);
        try {
          entries.set(owner, dirtyCodec.decode(owner, found[i + 1] as Buffer));
        } catch (error) {
          onDamaged(owner, error);
        }
      }
      yield [...entries.values()];
      cursor = String(next);
    } while (cursor !== '0');
  }

  /** The write ids of those of these very writes that are still dirty. */
  async stillDirty(tenant: string, entries: readonly DirtyEntry[]): Promise<ReadonlySet<string>> {
    const owners = entries.map(({ owner }) => owner);
    const writeIds = new Set((await this.dirtyOf(tenant, owners)).map(({ writeId }) => writeId));
    return new Set(entries.map(({ writeId }) => writeId).filter(writeId => writeIds.has(writeId)));
  }

  /** Ends writes that the database has; newer writes of the same configs stay. Answers how many ended. */
  async endFlushed(
    tenant: string,
    writes: readonly FlushedWrite[],
    hash: 'dirty' | 'deadLetters' = 'dirty',
  ): Promise<number> {
    if (writes.length === 0) return 0;
    const { records, tombstones, feed, epoch, keyPrefix, ...hashes } = this.#names.of(tenant);
    const args = this.#scriptHead(this.#redis, keyPrefix, this.#feedLength, writes.length);
    const inlines = inlined(writes);
    writes.forEach(({ owner, writeId, version, op, dropAt, envelope = NOTHING }, i) => {
      args.push(owner, writeId, version, op, inlines[i] as number, Math.floor(dropAt), envelope);
    });
    const keys = [records, tombstones, feed, epoch, hashes[hash]];
    const ended = (await this.#endFlushed(this.#redis, keys, args)) as number[];
    return ended.filter(each => each === 1).length;
  }

  /** Marks the value of this version as a write that waits for the database. False: another value, or another mark, is there by now. */
  async restoreMark(
    tenant: string,
    owner: string,
    version: number,
    writeId: string,
    write: DirtyWrite,
  ): Promise<boolean> {
    const { dirty, records } = this.#names.of(tenant);
    const args = [owner, version, dirtyCodec.encode(writeId, write)];
    return (await this.#restoreMark(this.#redis, [dirty, records], args)) === 1;
  }

  /** Counts a failure; 0 attempts: the write was not dirty any more. */
  async fail(
    tenant: string,
    { owner, writeId }: DirtyEntry,
    now: number,
    error: string,
    { maxAttempts, firstPauseMs, longestPauseMs }: FailurePolicy,
  ): Promise<{ attempts: number; isDead: boolean }> {
    const { dirty, deadLetters } = this.#names.of(tenant);
    const args = [owner, writeId, maxAttempts, Math.floor(now), firstPauseMs, longestPauseMs, error];
    const [attempts, isDead] = (await this.#fail(this.#redis, [dirty, deadLetters], args)) as [number, number];
    return { attempts, isDead: isDead === 1 };
  }

  async deadLetters(tenant: string): Promise<DirtyEntry[]> {
    const found = await this.#redis.hgetallBuffer(this.#names.of(tenant).deadLetters);
    return Object.entries(found).map(([owner, bytes]) => dirtyCodec.decode(owner, bytes));
  }

  /** Makes a dead letter dirty again; `void`: a newer write made it void, and Redis has forgotten it. */
  async revive(tenant: string, letter: DirtyEntry): Promise<'gone' | 'void' | 'dirty'> {
    return (await this.#reviveOrCheck(tenant, letter, 1)) as 'gone' | 'void' | 'dirty';
  }

  /** Whether a dead letter still counts; `void`: a newer write made it void, and Redis has forgotten it. */
  async checkLetter(tenant: string, letter: DirtyEntry): Promise<'gone' | 'void' | 'dead'> {
    return (await this.#reviveOrCheck(tenant, letter, 0)) as 'gone' | 'void' | 'dead';
  }

  /** Remembers that a flush should look at this tenant first. */
  async hint(tenant: string, now: number): Promise<void> {
    await this.#redis.zadd(this.#names.dirtyTenants, 'NX', now, tenant);
  }

  /** The tenants to look at first, those that were flushed longest ago at the front; only those from before this time. */
  hinted(limit: number, before: number = Number.POSITIVE_INFINITY): Promise<string[]> {
    const until = before === Number.POSITIVE_INFINITY ? '+inf' : before;
    return this.#redis.zrangebyscore(this.#names.dirtyTenants, '-inf', until, 'LIMIT', 0, limit);
  }

  /** How many tenants are to be looked at, and since when the first of them waits. */
  async waiting(): Promise<{ tenants: number; since: Date | undefined }> {
    const { dirtyTenants } = this.#names;
    const [tenants, [, since]] = await Promise.all([
      this.#redis.zcard(dirtyTenants),
      this.#redis.zrangebyscore(dirtyTenants, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1),
    ]);
    return { tenants, since: since === undefined ? undefined : new Date(Number(since)) };
  }

  /** Forgets the hint of a tenant that was flushed, unless it has become dirty again meanwhile. */
  async unhint(tenant: string, now: number): Promise<void> {
    if ((await this.count(tenant)) === 0) await this.#redis.zrem(this.#names.dirtyTenants, tenant);
    //   flusher: nothing dirty
    //   writer:                 first dirty value, hint (is there)
    //   flusher:                                                   forget the hint   → looked at once more
    if ((await this.count(tenant)) > 0) await this.#redis.zadd(this.#names.dirtyTenants, now, tenant);
  }

  /** Every tenant that has dirty values, or dead letters, once each, some at a time. */
  async *tenants(hash: 'dirty' | 'deadLetters'): AsyncGenerator<string[]> {
    const { dirtyPattern, tenantOfDirty, deadLettersPattern, tenantOfDeadLetters } = this.#names;
    const [pattern, tenantOf] =
      hash === 'dirty' ? [dirtyPattern, tenantOfDirty] : [deadLettersPattern, tenantOfDeadLetters];
    // A scan may give a name twice, and who counts would count it twice.
    const seen = new Set<unknown>();
    for await (const some of scanTenants(this.#redis, pattern, tenantOf)) {
      const found = [...new Set(some)].filter(tenant => typeof tenant === 'string' && !seen.has(tenant));
      for (const tenant of found) seen.add(tenant);
      yield found as string[];
    }
  }

  #reviveOrCheck(tenant: string, { owner, writeId }: DirtyEntry, revives: 0 | 1): Promise<unknown> {
    const { dirty, deadLetters, records } = this.#names.of(tenant);
    return this.#reviveDead(this.#redis, [dirty, deadLetters, records], [owner, writeId, revives]);
  }
}
