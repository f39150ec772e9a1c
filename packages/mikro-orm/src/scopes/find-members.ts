import type { EntityManager } from '@mikro-orm/core';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';

const BATCH = 500;

/** Which members, how many, and how they are read. */
export interface MemberSearch {
  readonly group: string;
  readonly limit: number;
  /** Only those behind this text. */
  readonly after?: string | undefined;
  /** Locks what it reads, so that a member of the last moment is seen, whenever the transaction began. */
  readonly locks?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The tenants and groups that are in a group, as texts of a column, in their order, which puts groups first. The database looks through the
 * groups of all scopes.
 */
export async function findMembers(em: EntityManager, search: MemberSearch): Promise<string[]> {
  const { group, limit, locks = false, signal } = search;
  const members: string[] = [];
  for (let { after } = search; ; ) {
    // Each name stands in quotes, and no name has a quote.
    const rows = await selectOwn<{ tenant: string; value: string }>(
      em,
      `select tenant, value from ${ownTable(em, 'config')}
       where name = ? and deleted_at is null and value like ? escape '!' and tenant > ?
       order by tenant limit ${BATCH}${locks ? ' for update' : ''}`,
      [GROUPS_NAME, `%"${group.replaceAll('_', '!_')}"%`, after ?? ''],
      em.getTransactionContext(),
      signal,
    );
    // Upper and lower case may be one for the database.
    for (const { tenant, value } of rows)
      if ((JSON.parse(value) as readonly string[]).includes(group)) members.push(tenant);
    after = rows.at(-1)?.tenant;
    if (members.length >= limit || rows.length < BATCH) return members.slice(0, limit);
  }
}
