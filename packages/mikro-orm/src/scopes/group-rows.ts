import type { EntityManager } from '@mikro-orm/core';
import { GLOBAL_TENANT } from '@tenantry/protocol';
import {
  FIRST_TENANT_TEXT,
  GROUPS_NAME,
  groupTenant,
  isOwnTenant,
  type Memberships,
  tenantText,
} from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';
import { type LockedConfig, lockConfigRows, lockModeOf } from '../configs/config-rows.ts';
import { findOwn } from '../database/own-queries.ts';
import { Config } from '../tables/config-tables.ts';

const GLOBAL = tenantText(GLOBAL_TENANT);

/** Where a read of memberships stands: in a transaction, whose reads may be of an earlier moment unless they lock. */
type Parts = Pick<ConfigParts, 'dialect' | 'clock'>;

/** Where a write locks, and what it depends on. */
interface ScopeLock {
  /** The scope, as text of a column. */
  readonly tenant: string;
  /** Configs whose values for all the write depends on, too. */
  readonly names?: readonly string[];
}

/**
 * The first lock of every write that depends on other scopes, so that no two of them wait for each other: a write for all or in a group, of a value
 * or of groups, has it alone, and writes of tenants have it beside each other. Two writers that each held a scope of their own, and then wanted to see the other's:
 *
 *   group:  locks its own row                                reads those below (waits)
 *   tenant:                    locks its own row                                        reads those above (waits)  → deadlock
 *
 * And two that each made one half of a cycle of groups would not see each other's half. Answers with the values for all of `names`, which
 * are shared.
 */
export async function lockScopes(
  { dialect, clock }: Parts,
  em: EntityManager,
  { tenant, names = [] }: ScopeLock,
): Promise<ReadonlyMap<string, LockedConfig>> {
  const lock = (some: readonly string[], mode: 'exclusive' | 'shared') =>
    lockConfigRows(em, dialect, GLOBAL, some, clock(), mode);
  // One statement locks in the order of the index, in which a digit may come before the groups.
  const isOneStatement = isOwnTenant(tenant) && names.every(name => name > GROUPS_NAME);
  if (isOneStatement) return lock([GROUPS_NAME, ...names], 'shared');
  await lock([GROUPS_NAME], isOwnTenant(tenant) ? 'shared' : 'exclusive');
  return names.length > 0 ? lock(names, 'shared') : new Map();
}

/** The groups that these groups are in, and those of them, and so on. The caller has locked the scopes. */
export async function readAbove(parts: Parts, em: EntityManager, groups: readonly string[]): Promise<Memberships> {
  const found = new Map<string, readonly string[]>();
  const asked = new Set<string>();
  for (let next = groups; next.length > 0; ) {
    const texts = [...new Set(next)].map(groupTenant);
    for (const text of texts) asked.add(text);
    const level = await read(parts, em, { tenant: { $in: texts } });
    for (const [text, above] of level) found.set(text, above);
    next = [...level.values()].flat().filter(group => !asked.has(groupTenant(group)));
  }
  return found;
}

/** Those of all groups. The caller has locked the scopes. */
export function readGroups(parts: Parts, em: EntityManager): Promise<Memberships> {
  return read(parts, em, { tenant: { $gte: ' ', $lt: FIRST_TENANT_TEXT } });
}

async function read({ dialect }: Parts, em: EntityManager, where: object): Promise<Memberships> {
  // A locking read sees what was committed before the lock, whenever the transaction began.
  const rows = await findOwn(
    em,
    Config,
    { $and: [where, { name: GROUPS_NAME, deletedAt: null }] },
    { fields: ['tenant', 'value'], lockMode: lockModeOf(dialect, 'shared') },
  );
  return new Map(rows.map(({ tenant, value }) => [tenant, JSON.parse(value ?? '[]') as readonly string[]]));
}
