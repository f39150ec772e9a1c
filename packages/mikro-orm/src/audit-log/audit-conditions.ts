import { checkOptionNames, isPlainText, refuseOption, tenantOfScope } from '@tenantry/protocol/internal';
import { placeholders } from '../database/dialect.ts';
import { AUDIT_LENGTHS } from '../tables/audit.ts';
import type { AuditFilter } from './audit-log.ts';

/** Conditions of SQL, and their parameters. */
export interface Conditions {
  readonly sql: readonly string[];
  readonly params: readonly unknown[];
}

/** A filter that was checked. */
export interface AuditConditions {
  /** Those that an index has. */
  readonly indexed: Conditions;
  /** Those for which each entry must be looked at; undefined: there are none. */
  readonly searched: Conditions | undefined;
  /** What decides which entries a list has, for its cursors. */
  readonly list: readonly (string | undefined)[];
}

/** The names of a filter's parts. */
export const FILTER_NAMES = ['scope', 'config', 'actor', 'action', 'since', 'until', 'via', 'search'] as const;

const SEARCHED = ['scope', 'config', 'actor', 'reason', 'origin', 'via'] as const;

/**
 * `INVALID_OPTION` for what is no filter. `quote`: a column's name, as the database has it. `secrets`: the names of configs whose diffs are not searched.
 */
export function auditConditions(
  filter: AuditFilter,
  quote: (name: string) => string,
  secrets: readonly string[],
): AuditConditions {
  checkOptionNames('the audit log', filter, FILTER_NAMES);
  const [indexed, searched] = [newConditions(), newConditions()];
  const where = (condition: string, ...values: unknown[]) => add(indexed, condition, values);
  const { scope, via, search } = filter;
  if (scope === null) where(`${quote('scope')} is null`);
  else if (scope !== undefined) {
    tenantOfScope(scope);
    where(`${quote('scope')} = ?`, scope);
  }
  for (const name of ['config', 'actor', 'action'] as const) {
    const value = textOf(name, filter[name]);
    if (value !== undefined) where(`${quote(name)} = ?`, value);
  }
  const [since, until] = [timeOf('since', filter.since), timeOf('until', filter.until)];
  if (since !== undefined) where(`${quote('at')} >= ?`, since);
  if (until !== undefined) where(`${quote('at')} < ?`, until);
  if (textOf('via', via)) add(searched, `${quote('via')} like ? escape '!'`, [`${escaped(via as string)}%`]);
  if (textOf('search', search)) {
    const text = `%${escaped((search as string).toLowerCase())}%`;
    const has = (name: string) => `lower(${quote(name)}) like ? escape '!'`;
    const diff = secrets.length === 0 ? has('diff') : `(${isOfNone(quote('config'), secrets)} and ${has('diff')})`;
    const found = [...SEARCHED.map(has), diff].join(' or ');
    add(searched, `(${found})`, [...SEARCHED.map(() => text), ...secrets, text]);
  }
  const { config, actor, action } = filter;
  const list = ['audit', scope === null ? '' : scope, config, actor, action, via, search];
  return {
    indexed,
    searched: searched.sql.length > 0 ? searched : undefined,
    list: [...list, String(since), String(until)],
  };
}

/**
 * A config may have become a secret after its entries were written, with the values that were none then: whoever does not see them could find them out,
 * guess by guess, by what a search finds.
 */
function isOfNone(config: string, names: readonly string[]): string {
  return `(${config} is null or ${config} not in (${placeholders(names)}))`;
}

function newConditions(): { readonly sql: string[]; readonly params: unknown[] } {
  return { sql: [], params: [] };
}

function add(to: ReturnType<typeof newConditions>, condition: string, values: readonly unknown[]): void {
  to.sql.push(condition);
  to.params.push(...values);
}

function textOf(name: string, text: unknown): string | undefined {
  if (text === undefined) return undefined;
  const longest = AUDIT_LENGTHS[name as keyof typeof AUDIT_LENGTHS] ?? AUDIT_LENGTHS.via;
  if (isPlainText(text) && text.length <= longest) return text;
  return refuseOption(name, `text of at most ${longest} characters, without U+0000`, text);
}

function timeOf(name: string, time: unknown): number | undefined {
  if (time === undefined) return undefined;
  const ms = time instanceof Date ? time.getTime() : time;
  if (Number.isSafeInteger(ms)) return ms as number;
  return refuseOption(name, 'a valid date or whole ms since 1970', time instanceof Date ? String(time) : time);
}

function escaped(text: string): string {
  return text.replaceAll(/[!%_]/g, '!$&');
}
