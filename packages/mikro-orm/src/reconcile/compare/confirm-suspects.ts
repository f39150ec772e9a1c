import { setTimeout as wait } from 'node:timers/promises';
import { type EntityManager, IsolationLevel, type MikroORM } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import { type ActualRecords, type RedisClient, type Replica, readRecords, whenReady, within } from '@tenantry/redis';
import type { Dialect } from '../../database/dialect.ts';
import { drawVersion } from '../../outbox/draw-version.ts';
import { isOnlyInRedis, type NamedRecord, type NameRecord } from '../../sources/owner-resolver.ts';
import { judgeKey, judgeRecord, openKey, type Verdict, type View } from './check-record.ts';
import { type Expected, readExpected } from './expected-records.ts';

/** What comparing works with. */
export interface CompareParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly clock: () => number;
  readonly nameRecord: NameRecord;
  /** How long, in ms, what is being published is waited for. */
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A key that its holder's record does not list. */
export interface UnlistedKey {
  readonly address: string;
  readonly owner: string;
}

/** Something wrong, and both sides of it. `expected` is left out for a source that nobody here knows. */
export interface Damage {
  readonly owner: string;
  readonly verdict: Verdict;
  readonly expected: Expected | undefined;
  /** The highest version Redis has of it; 0 none. */
  readonly standing: number;
}

/** What a second, careful look at one tenant's suspects gave. */
export interface Settled {
  readonly records: ReadonlyMap<string, Damage>;
  readonly keys: ReadonlyMap<UnlistedKey, Damage>;
  /** Suspects that were still being published, or changed all the time. */
  readonly waiting: number;
}

const LOOKS = 4;
const READ_MS = 10_000;

/**
 * Looks at suspects again until nothing moves: Redis, then rows and outbox in one snapshot, then Redis once more.
 *
 *   writer:  COMMIT            publish        acknowledge
 *   audit:            snapshot                             read Redis   → newer than the rows: Redis has changed between
 *   audit:   read Redis                                                   its two readings, so it is looked at again
 *
 * Where both readings agree and the outbox has nothing of a record, everything committed before the snapshot was published
 * before the second reading, and nothing after it before the first: Redis has what the snapshot has, or it is wrong.
 */
export async function settleRecords(
  parts: CompareParts,
  tenant: Tenant,
  owners: readonly string[],
  keys: readonly UnlistedKey[],
): Promise<Settled> {
  const records = new Map<string, Damage>();
  const wrongKeys = new Map<UnlistedKey, Damage>();
  let openOwners = new Set(owners);
  let openKeys = new Set(keys);
  for (let look = 1; ; look++) {
    const { before, expected, after, unpublished, view } = await lookClosely(parts, tenant, openOwners, openKeys);
    // Newer in Redis on purpose, for as long as that takes.
    const isLate = (owner: string) => before.aheadOfDatabase.has(owner) || after.aheadOfDatabase.has(owner);
    const moves = (owner: string) =>
      unpublished.has(owner) ||
      !sameRecord(before, after, owner) ||
      !addressesOf(owner, expected, after).every(address => sameKey(before, after, address));
    const movingOwners = new Set<string>();
    for (const owner of openOwners) {
      const mine = expected.get(owner);
      if (!mine || isLate(owner)) continue;
      if (moves(owner)) movingOwners.add(owner);
      else {
        const verdict = judgeRecord(mine, view);
        if (verdict) records.set(owner, { owner, verdict, expected: mine, standing: versionOf(owner, mine, after) });
      }
    }
    const movingKeys = new Set<UnlistedKey>();
    for (const key of openKeys) {
      if (isLate(key.owner)) continue;
      if (moves(key.owner) || !sameKey(before, after, key.address)) movingKeys.add(key);
      else {
        const mine = expected.get(key.owner);
        const verdict = judgeKey(key.address, mine, view);
        const standing = versionOf(key.owner, mine, after, key.address);
        if (verdict) wrongKeys.set(key, { owner: key.owner, verdict, expected: mine, standing });
      }
    }
    openOwners = movingOwners;
    openKeys = movingKeys;
    const waiting = openOwners.size + openKeys.size;
    if (waiting === 0 || look === LOOKS || parts.signal?.aborted) return { records, keys: wrongKeys, waiting };
    const { signal } = parts;
    await wait(parts.graceMs / (LOOKS - 1), undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

/** One snapshot between two readings of Redis, widened until it holds everything that the verdicts ask for. */
async function lookClosely(
  parts: CompareParts,
  tenant: Tenant,
  owners: ReadonlySet<string>,
  keys: ReadonlySet<UnlistedKey>,
) {
  const asked = new Set([...owners, ...[...keys].map(key => key.owner)]);
  const addresses = new Set([...keys].map(key => key.address));
  for (;;) {
    const before = await readTenant(parts, tenant, asked, addresses);
    const named = [...asked].map(parts.nameRecord).filter((each): each is NamedRecord => each !== undefined);
    const { byOwner: expected, unpublished } = await snapshotOf(parts, em =>
      readExpected(
        em,
        tenant,
        named.filter(each => !isOnlyInRedis(each)),
      ),
    );
    const after = await readTenant(parts, tenant, asked, addresses);
    const size = asked.size + addresses.size;
    const view: View = {
      expected,
      standing: after,
      drawn: await drawnAfter(parts),
      now: parts.clock(),
      ask: owner => asked.add(owner),
    };
    for (const owner of asked) for (const address of addressesOf(owner, expected, after)) addresses.add(address);
    for (const owner of owners) {
      const mine = expected.get(owner);
      if (mine) judgeRecord(mine, view);
    }
    if (asked.size + addresses.size === size) return { before, expected, after, unpublished, view };
  }
}

/** The addresses a record should have, and those it has. */
function addressesOf(owner: string, expected: ReadonlyMap<string, Expected>, { records }: ActualRecords): string[] {
  return [...(expected.get(owner)?.state?.addresses ?? []), ...(records.get(owner)?.addresses ?? [])];
}

function versionOf(
  owner: string,
  expected: Expected | undefined,
  { records, keys }: ActualRecords,
  address?: string,
): number {
  const addresses = [...(expected?.state?.addresses ?? []), ...(address === undefined ? [] : [address])];
  const held = addresses.map(each => {
    const envelope = openKey(keys.get(each));
    return envelope && envelope !== 'damaged' && envelope.owner === owner ? envelope.version : 0;
  });
  return Math.max(records.get(owner)?.version ?? 0, ...held);
}

function sameRecord({ records: one }: ActualRecords, { records: other }: ActualRecords, owner: string): boolean {
  const [before, after] = [one.get(owner), other.get(owner)];
  return before?.version === after?.version && before?.addresses.join(' ') === after?.addresses.join(' ');
}

function sameKey({ keys: one }: ActualRecords, { keys: other }: ActualRecords, address: string): boolean {
  const [before, after] = [one.get(address), other.get(address)];
  return before && after ? before.equals(after) : before === after;
}

/** Redis's side, within a budget. */
export async function readTenant(
  { redis, replica }: Pick<CompareParts, 'redis' | 'replica'>,
  tenant: Tenant,
  owners: Iterable<string>,
  addresses: Iterable<string>,
): Promise<ActualRecords> {
  const reading = async () => {
    await whenReady(redis);
    return readRecords(redis, replica.names.of(tenant), [...owners], [...addresses]);
  };
  return within(READ_MS, 'Looking at Redis', reading());
}

/** An id that every version given so far is below. */
export function drawnAfter({ orm }: Pick<CompareParts, 'orm'>): Promise<number> {
  return orm.em.fork().transactional(em => drawVersion(em));
}

function snapshotOf<T>({ orm, dialect }: CompareParts, read: (em: EntityManager) => Promise<T>): Promise<T> {
  return orm.em
    .fork()
    .transactional(
      read,
      dialect.supportsRowLocks ? { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true } : {},
    );
}
