import { setTimeout as wait } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import type { PayloadCodec } from '@tenantry/protocol/wire';
import type { ActualRecords, RedisClient, Replica } from '@tenantry/redis';
import type { Dialect } from '../../database/dialect.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { isOnlyInRedis, type KnownRecord, type OwnerResolver } from '../../definitions/owner-resolver.ts';
import { type CheckContext, checkKey, checkRecord, openKey } from './check-record.ts';
import { type Expected, readExpected } from './expected-records.ts';
import type { ConfirmedSuspects, Finding, UnlistedKey } from './finding.ts';
import { drawnAfter, readTenant } from './read-tenant.ts';

/** What comparing works with. */
export interface CompareParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly clock: () => number;
  readonly codec: PayloadCodec;
  readonly resolveOwner: OwnerResolver;
  /** How long, in ms, what is being published is waited for. */
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
}

const LOOKS = 4;

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
export async function confirmSuspects(
  parts: CompareParts,
  tenant: Tenant,
  owners: readonly string[],
  keys: readonly UnlistedKey[],
): Promise<ConfirmedSuspects> {
  const records = new Map<string, Finding>();
  const wrongKeys = new Map<UnlistedKey, Finding>();
  let openOwners = new Set(owners);
  let openKeys = new Set(keys);
  for (let look = 1; ; look++) {
    const { before, expected, after, unpublished, context } = await lookClosely(parts, tenant, openOwners, openKeys);
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
        const mismatch = checkRecord(mine, context);
        if (mismatch)
          records.set(owner, { owner, mismatch, expected: mine, actualVersion: versionOf(owner, mine, after) });
      }
    }
    const movingKeys = new Set<UnlistedKey>();
    for (const key of openKeys) {
      const holder = holderOf(after.keys.get(key.address)) ?? key.owner;
      // It passed to another since it was found: that one's record says whether it is listed.
      if (holder !== key.owner) movingKeys.add({ ...key, owner: holder });
      else if (isLate(key.owner)) continue;
      else if (moves(key.owner) || !sameKey(before, after, key.address)) movingKeys.add(key);
      else {
        const mine = expected.get(key.owner);
        const mismatch = checkKey(key.address, mine, context);
        const actualVersion = versionOf(key.owner, mine, after, key.address);
        if (mismatch) wrongKeys.set(key, { owner: key.owner, mismatch, expected: mine, actualVersion });
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

/** One snapshot between two readings of Redis, widened until it holds everything that the mismatches ask for. */
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
    const named = [...asked].map(parts.resolveOwner).filter((each): each is KnownRecord => each !== undefined);
    const { byOwner: expected, unpublished } = await snapshotOf(parts, em =>
      readExpected(
        em,
        tenant,
        named.filter(each => !isOnlyInRedis(each)),
      ),
    );
    const after = await readTenant(parts, tenant, asked, addresses);
    const size = asked.size + addresses.size;
    const context: CheckContext = {
      expected,
      standing: after,
      drawn: await drawnAfter(parts),
      now: parts.clock(),
      codec: parts.codec,
      ask: owner => asked.add(owner),
    };
    for (const owner of asked) for (const address of addressesOf(owner, expected, after)) addresses.add(address);
    for (const owner of owners) {
      const mine = expected.get(owner);
      if (mine) checkRecord(mine, context);
    }
    if (asked.size + addresses.size === size) return { before, expected, after, unpublished, context };
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

function holderOf(bytes: Buffer | undefined): string | undefined {
  const envelope = openKey(bytes);
  return envelope && envelope !== 'damaged' ? envelope.owner : undefined;
}

function sameRecord({ records: one }: ActualRecords, { records: other }: ActualRecords, owner: string): boolean {
  const [before, after] = [one.get(owner), other.get(owner)];
  return before?.version === after?.version && before?.addresses.join(' ') === after?.addresses.join(' ');
}

function sameKey({ keys: one }: ActualRecords, { keys: other }: ActualRecords, address: string): boolean {
  const [before, after] = [one.get(address), other.get(address)];
  return before && after ? before.equals(after) : before === after;
}

function snapshotOf<T>({ orm, dialect }: CompareParts, read: (em: EntityManager) => Promise<T>): Promise<T> {
  return internalFork(orm).transactional(read, dialect.snapshot);
}
