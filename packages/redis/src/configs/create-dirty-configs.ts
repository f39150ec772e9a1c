import type { ChangeOp, RedisNames } from '@tenantry/protocol/wire';
import type { RedisClient } from '../connection/redis-client.ts';
import { scanTenants } from '../replica/scan-tenants.ts';
import { FAIL_DIRTY, MARK_AGAIN, REVIVE_DEAD, SETTLE_CONFIG } from '../scripts/dirty.lua.ts';
import { createScriptRunner } from '../scripts/run-script.ts';
import { createScriptHead, inlined, NOTHING } from './create-config-writes.ts';
import { type DirtyEntry, type DirtyWrite, dirtyCodec } from './dirty-entry.ts';

/** A write that is in the database now. */
export interface SettledWrite {
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

/** What waits for the database, and what waits for somebody to decide. Every method fails as ioredis does. */
export interface DirtyConfigs {
  count(tenant: string): Promise<number>;
  /** Those of these owners that are dirty. */
  of(tenant: string, owners: readonly string[]): Promise<DirtyEntry[]>;
  /** Everything dirty, some at a time; entries that cannot be read are left out and told. */
  scan(tenant: string, onDamaged: (owner: string, error: unknown) => void): AsyncGenerator<DirtyEntry[]>;
  /** Which of these very writes still are dirty. */
  stillDirty(tenant: string, entries: readonly DirtyEntry[]): Promise<ReadonlySet<string>>;
  /** Ends what is in the database; newer writes of the same configs stay. Answers how many ended. */
  settle(tenant: string, writes: readonly SettledWrite[], of?: 'dirty' | 'deadLetters'): Promise<number>;
  /** Marks what stands in this version as a write that waits for the database. False: something else stands, or is dirty, by now. */
  markAgain(tenant: string, owner: string, version: number, writeId: string, write: DirtyWrite): Promise<boolean>;
  /** Counts a failure; 0 attempts: it was not there any more. */
  fail(
    tenant: string,
    entry: DirtyEntry,
    now: number,
    error: string,
    policy: FailurePolicy,
  ): Promise<{ attempts: number; isDead: boolean }>;
  deadLetters(tenant: string): Promise<DirtyEntry[]>;
  /** Makes a dead letter dirty again; `void` where a newer write stands, and it is forgotten. */
  revive(tenant: string, letter: DirtyEntry): Promise<'gone' | 'void' | 'dirty'>;
  /** Whether a dead letter still counts; a `void` one is forgotten. */
  look(tenant: string, letter: DirtyEntry): Promise<'gone' | 'void' | 'dead'>;
  /** Remembers where to look first. */
  hint(tenant: string, now: number): Promise<void>;
  /** Where to look first: those that were flushed longest ago, and only those before this time, first. */
  hinted(limit: number, before?: number): Promise<string[]>;
  /** It was flushed: forgotten, unless something came meanwhile. */
  unhint(tenant: string, now: number): Promise<void>;
  /** Every tenant with something dirty, or with dead letters; one may come twice. */
  tenants(of: 'dirty' | 'deadLetters'): AsyncGenerator<string[]>;
}

const SCAN_COUNT = 500;

export function createDirtyConfigs(redis: RedisClient, names: RedisNames, feedLength: number): DirtyConfigs {
  const settle = createScriptRunner(SETTLE_CONFIG);
  const scriptHead = createScriptHead();
  const fail = createScriptRunner(FAIL_DIRTY);
  const revive = createScriptRunner(REVIVE_DEAD);
  const markAgain = createScriptRunner(MARK_AGAIN);
  const reviveOrLook = async (tenant: string, { owner, writeId }: DirtyEntry, revives: 0 | 1) => {
    const { dirty, deadLetters, records } = names.of(tenant);
    return revive(redis, [dirty, deadLetters, records], [owner, writeId, revives]);
  };
  const self: DirtyConfigs = {
    count: tenant => redis.hlen(names.of(tenant).dirty),

    async of(tenant, owners) {
      const entries = await redis.hmgetBuffer(names.of(tenant).dirty, ...owners);
      return owners.flatMap((owner, i) => (entries[i] ? [dirtyCodec.decode(owner, entries[i])] : []));
    },

    async *scan(tenant, onDamaged) {
      let cursor = '0';
      do {
        const [next, found]: [Buffer, Buffer[]] = await redis.hscanBuffer(
          names.of(tenant).dirty,
          cursor,
          'COUNT',
          SCAN_COUNT,
        );
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
    },

    async stillDirty(tenant, entries) {
      const now = await self.of(
        tenant,
        entries.map(({ owner }) => owner),
      );
      const writeIds = new Set(now.map(({ writeId }) => writeId));
      return new Set(entries.map(({ writeId }) => writeId).filter(writeId => writeIds.has(writeId)));
    },

    async settle(tenant, writes, of = 'dirty') {
      if (writes.length === 0) return 0;
      const { records, tombstones, feed, epoch, keyPrefix, ...hashes } = names.of(tenant);
      const args = scriptHead(redis, keyPrefix, feedLength, writes.length);
      const inlines = inlined(writes);
      writes.forEach(({ owner, writeId, version, op, dropAt, envelope = NOTHING }, i) => {
        args.push(owner, writeId, version, op, inlines[i] as number, Math.floor(dropAt), envelope);
      });
      const ended = (await settle(redis, [records, tombstones, feed, epoch, hashes[of]], args)) as number[];
      return ended.filter(each => each === 1).length;
    },

    async markAgain(tenant, owner, version, writeId, write) {
      const { dirty, records } = names.of(tenant);
      return (await markAgain(redis, [dirty, records], [owner, version, dirtyCodec.encode(writeId, write)])) === 1;
    },

    async fail(tenant, { owner, writeId }, now, error, { maxAttempts, firstPauseMs, longestPauseMs }) {
      const { dirty, deadLetters } = names.of(tenant);
      const args = [owner, writeId, maxAttempts, Math.floor(now), firstPauseMs, longestPauseMs, error];
      const [attempts, isDead] = (await fail(redis, [dirty, deadLetters], args)) as [number, number];
      return { attempts, isDead: isDead === 1 };
    },

    async deadLetters(tenant) {
      const found = await redis.hgetallBuffer(names.of(tenant).deadLetters);
      return Object.entries(found).map(([owner, bytes]) => dirtyCodec.decode(owner, bytes));
    },

    revive: async (tenant, letter) => (await reviveOrLook(tenant, letter, 1)) as 'gone' | 'void' | 'dirty',
    look: async (tenant, letter) => (await reviveOrLook(tenant, letter, 0)) as 'gone' | 'void' | 'dead',

    async hint(tenant, now) {
      await redis.zadd(names.dirtyTenants, 'NX', now, tenant);
    },

    hinted: (limit, before = Number.POSITIVE_INFINITY) =>
      redis.zrangebyscore(
        names.dirtyTenants,
        '-inf',
        before === Number.POSITIVE_INFINITY ? '+inf' : before,
        'LIMIT',
        0,
        limit,
      ),

    async unhint(tenant, now) {
      if ((await self.count(tenant)) === 0) await redis.zrem(names.dirtyTenants, tenant);
      //   flusher: nothing dirty
      //   writer:                 first dirty value, hint (is there)
      //   flusher:                                                   forget the hint   → looked at once more
      if ((await self.count(tenant)) > 0) await redis.zadd(names.dirtyTenants, now, tenant);
    },

    async *tenants(of) {
      const [pattern, tenantOf] =
        of === 'dirty'
          ? ([names.dirtyPattern, names.tenantOfDirty] as const)
          : ([names.deadLettersPattern, names.tenantOfDeadLetters] as const);
      for await (const some of scanTenants(redis, pattern, tenantOf))
        yield some.filter(tenant => typeof tenant === 'string');
    },
  };
  return self;
}
