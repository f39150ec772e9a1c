import type { EntityManager } from '@mikro-orm/core';
import { GLOBAL_TENANT } from '@tenantry/protocol';
import { FIRST_TENANT_TEXT, GROUPS_NAME, groupTenant, tenantText } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';
import { lockConfigRows, lockModeOf } from '../configs/config-rows.ts';
import { findOwn } from '../database/own-queries.ts';
import { Config } from '../tables/config-tables.ts';

/** The groups that tenants and groups are in, by their text. A group that does not exist is left out. */
export type Memberships = ReadonlyMap<string, readonly string[]>;

/** Where a read of memberships stands: in a transaction, whose reads may be of an earlier moment unless they lock. */
type Parts = Pick<ConfigParts, 'dialect' | 'clock'>;

/**
 * Locks all groups: a change of groups alone (`exclusive`), and beside each other the changes of tenants that depend on groups (`shared`). Two
 * writers that each made one half of a cycle would not see each other's half:
 *
 *   one:   a is in b → is there a way from b to a? no                    → commit
 *   other:                                        b is in a → none? → commit
 */
export async function lockGroups(
  { dialect, clock }: Parts,
  em: EntityManager,
  mode: 'exclusive' | 'shared',
): Promise<void> {
  await lockConfigRows(em, dialect, tenantText(GLOBAL_TENANT), [GROUPS_NAME], clock(), mode);
}

/** The groups that these groups are in, and those of them, and so on. The caller has locked all groups. */
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

/** Those of all groups. The caller has locked all groups. */
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
