import type { MikroORM } from '@mikro-orm/core';
import type { Scope } from '@tenantry/protocol';
import { TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { parseDiff } from '../configs/diff-text.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { withinQuery } from '../database/within-query.ts';
import type { AuditRow } from '../tables/audit.ts';
import type { AuditConditions, Conditions } from './audit-conditions.ts';
import type { AuditEntry } from './audit-log.ts';

/** The place of an entry in the order of time. */
export interface AuditPlace {
  readonly at: number;
  readonly id: number;
}

/** Which entries, in which order, from where, how many. */
export interface AuditRead {
  readonly where: Pick<AuditConditions, 'indexed' | 'searched'>;
  readonly order: 'asc' | 'desc';
  /** The last place that was looked at before. */
  readonly after: AuditPlace | undefined;
  readonly limit: number;
}

/** Some entries, and the place behind which there may be others; undefined: there are none. */
export interface AuditRun {
  readonly entries: readonly AuditEntry[];
  readonly next: AuditPlace | undefined;
}

const LIST_MS = 5_000;
/** How many entries a search looks through with one statement, and after which time it lets its caller have what it has. */
const SEARCH = { entries: 20_000, ms: 1_000 };

/**
 * Entries in the order of time, along an index: from the primary, within the caller's open transaction if there is one. A search looks
 * through one block of entries after the other, so that no statement takes long however many entries there are.
 */
export async function readAudit(orm: MikroORM, read: AuditRead): Promise<AuditRun> {
  const { where, limit } = read;
  const startedAt = performance.now();
  const entries: AuditEntry[] = [];
  for (let { after } = read; ; ) {
    const end = where.searched && (await endOfBlock(orm, { ...read, after }));
    entries.push(...(await readSome(orm, { ...read, after, limit: limit + 1 - entries.length }, end)));
    if (entries.length > limit) return { entries: entries.slice(0, limit), next: placeOf(entries[limit - 1]) };
    if (!end) return { entries, next: undefined };
    after = end;
    if (performance.now() - startedAt > SEARCH.ms) return { entries, next: end };
  }
}

function placeOf(entry: AuditEntry | undefined): AuditPlace | undefined {
  return entry && { at: entry.at.getTime(), id: entry.id };
}

/** The last entry of the next block, whether or not the search finds it; undefined: the block is the last. */
async function endOfBlock(orm: MikroORM, { where, order, after }: AuditRead): Promise<AuditPlace | undefined> {
  const conditions = joined(where.indexed, behind(orm, order, after));
  const [end] = await select<Pick<AuditRow, 'at' | 'id'>>(orm, 'id, :at', conditions, order, {
    limit: 1,
    offset: SEARCH.entries - 1,
  });
  return end && { at: Number(end.at), id: Number(end.id) };
}

async function readSome(
  orm: MikroORM,
  { where, order, after, limit }: AuditRead,
  end: AuditPlace | undefined,
): Promise<AuditEntry[]> {
  const upTo = end ? behind(orm, order === 'asc' ? 'desc' : 'asc', end, '=') : NO_CONDITIONS;
  const conditions = joined(where.indexed, behind(orm, order, after), upTo, where.searched ?? NO_CONDITIONS);
  return (await select<AuditColumns>(orm, '*', conditions, order, { limit, offset: 0 })).map(toEntry);
}

const NO_CONDITIONS: Conditions = Object.freeze({ sql: [], params: [] });

/** Behind a place, or at it. The first part alone is a range of an index. */
function behind(
  orm: MikroORM,
  order: AuditRead['order'],
  after: AuditPlace | undefined,
  orAt: '' | '=' = '',
): Conditions {
  if (!after) return NO_CONDITIONS;
  const [at, than] = [atColumn(orm), order === 'asc' ? '>' : '<'];
  return {
    sql: [`${at} ${than}= ?`, `(${at} ${than} ? or id ${than}${orAt} ?)`],
    params: [after.at, after.at, after.id],
  };
}

function joined(...all: readonly Conditions[]): Conditions {
  return { sql: all.flatMap(({ sql }) => sql), params: all.flatMap(({ params }) => params) };
}

function atColumn(orm: MikroORM): string {
  return orm.config.getPlatform().quoteIdentifier('at');
}

function select<Row>(
  orm: MikroORM,
  columns: string,
  { sql, params }: Conditions,
  order: AuditRead['order'],
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<Row[]> {
  const at = atColumn(orm);
  const text = `select ${columns.replace(':at', at)} from ${ownTable(orm, 'audit')}${sql.length > 0 ? ` where ${sql.join(' and ')}` : ''}
    order by ${at} ${order}, id ${order} limit ${limit} offset ${offset}`;
  return withinQuery(LIST_MS, 'Reading the audit log', signal =>
    selectOwn<Row>(orm.em, text, params, orm.em.getTransactionContext(), signal),
  ).catch(error => {
    throw withoutValues(error, 'Reading the audit log', TRY_AGAIN);
  });
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
