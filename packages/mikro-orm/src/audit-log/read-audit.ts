import type { MikroORM } from '@mikro-orm/core';
import type { Scope } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { parseDiff } from '../configs/diff-text.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { withinQuery } from '../database/within-query.ts';
import type { AuditRow } from '../tables/audit.ts';
import type { AuditConditions } from './audit-conditions.ts';
import type { AuditEntry } from './audit-log.ts';

/** The place of an entry in the order of time. */
export interface AuditPlace {
  readonly at: number;
  readonly id: number;
}

/** Which entries, from where, how many. */
export interface AuditRead {
  readonly where: Pick<AuditConditions, 'sql' | 'params'>;
  readonly order: 'asc' | 'desc';
  readonly after: AuditPlace | undefined;
  readonly limit: number;
}

const LIST_MS = 5_000;

/** Entries along an index, in the order of time: from the primary, within the caller's open transaction if there is one. */
export async function readAudit(orm: MikroORM, { where, order, after, limit }: AuditRead): Promise<AuditEntry[]> {
  const quote = (name: string) => orm.config.getPlatform().quoteIdentifier(name);
  const [at, id] = [quote('at'), quote('id')];
  const than = order === 'asc' ? '>' : '<';
  // The first part alone is a range of the index.
  const behind = after ? [`${at} ${than}= ?`, `(${at} ${than} ? or ${id} ${than} ?)`] : [];
  const conditions = [...where.sql, ...behind];
  const params = [...where.params, ...(after ? [after.at, after.at, after.id] : [])];
  const sql = `select * from ${ownTable(orm, 'audit')}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}
    order by ${at} ${order}, ${id} ${order} limit ${limit}`;
  const rows = await withinQuery(LIST_MS, 'Reading the audit log', signal =>
    selectOwn<AuditColumns>(orm.em, sql, params, orm.em.getTransactionContext(), signal),
  ).catch(error => {
    throw withoutValues(error, 'Reading the audit log');
  });
  return rows.map(toEntry);
}

const NO_DIFF = { operations: undefined, truncated: 0 } as const;

/** A row under the names of its columns. */
type AuditColumns = Omit<AuditRow, 'acceptedAt'> & { readonly accepted_at: AuditRow['acceptedAt'] };

function toEntry(row: AuditColumns): AuditEntry {
  const { operations, truncated } = row.diff === null ? NO_DIFF : parseDiff(row.diff);
  return {
    id: Number(row.id),
    at: new Date(Number(row.at)),
    action: row.action,
    scope: (row.scope ?? undefined) as Scope | undefined,
    config: row.config ?? undefined,
    version: row.version === null ? undefined : Number(row.version),
    actor: row.actor ?? undefined,
    reason: row.reason ?? undefined,
    via: row.via ?? undefined,
    origin: row.origin ?? undefined,
    diff: operations,
    truncated,
    acceptedAt: row.accepted_at === null ? undefined : new Date(Number(row.accepted_at)),
  };
}
