import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { NewOutboxRow, OutboxRow } from '../tables/outbox.ts';
import type { UnpublishedRow } from './find-unpublished.ts';
import { checkRecordId, fromOutboxRow, type RowChange, toOutboxRow } from './row-change.ts';

/** What an outbox row that names several records has in the column `before`. */
interface NamedRecords {
  readonly ids: readonly string[];
  /** The row that they stood in before was split: its id is what orders them. */
  readonly version?: number;
  /** The W3C `traceparent` of the commit, where it is traced. */
  readonly trace?: string;
}

const PREFIX = '@list/';
/** The column `source`. A definition with a longer name has no lists. */
const SOURCE_LENGTH = 128;
/** So many are worth a list: fewer rows cost the database less than a list costs those who have to read it. */
export const LIST_FROM = 20;
const MOST = 1_000;
/** A `text` of MySQL takes 65,535 bytes; record ids are ASCII. */
const CHARACTERS = 60_000;

/**
 * The name in the column `source` of rows that name several records of this definition. No definition has such a name, so a worker of a
 * release that does not know lists leaves them alone.
 */
export function listSource(definition: string): string {
  return PREFIX + definition;
}

/** What the rows of the definitions that a process knows have in the column `source`. A config's rows name one record each. */
export function sourcesOf(registry: DefinitionRegistry): string[] {
  return [...registry.published().map(({ name }) => name), ...registry.entities().map(({ name }) => listSource(name))];
}

/** The definition whose records a row names, in a list or by itself. */
export function definitionOf({ definition }: Pick<OutboxRow, 'definition'>): string {
  return isList({ definition }) ? definition.slice(PREFIX.length) : definition;
}

export function isList({ definition }: Pick<OutboxRow, 'definition'>): boolean {
  return definition.startsWith(PREFIX);
}

/** SQL: how many records a row names, as text. */
export const RECORDS_SQL = `case when source like '${PREFIX}%' then record_id else '1' end`;

/** How many records a row names. */
export function recordsOf(row: Pick<OutboxRow, 'definition' | 'recordId'>): number {
  return isList(row) ? Number(row.recordId) : 1;
}

/** The first of these rows, with so many changes, and one row in any case. */
export function firstRows<Row>(rows: readonly Row[], most: number, changesOf: (row: Row) => number): Row[] {
  let total = 0;
  const end = rows.findIndex((row, i) => {
    total += changesOf(row);
    return i > 0 && total > most;
  });
  return rows.slice(0, end === -1 ? rows.length : end);
}

/** The records that a row names. */
export function recordIdsOf(row: Pick<OutboxRow, 'definition' | 'recordId' | 'before'>): readonly string[] {
  return isList(row) ? namedRecords(row).ids : [row.recordId];
}

/** What orders the states of these records: the row's id, or that of the row they stood in when they were locked. */
export function versionOf(row: Pick<OutboxRow, 'id' | 'definition' | 'before'>): number {
  return (isList(row) ? namedRecords(row).version : undefined) ?? Number(row.id);
}

/** A row that names these records, where nothing else is to be said of any of them. */
export function toListRow(
  row: Pick<OutboxRow, 'transactionId' | 'definition' | 'tenant' | 'op' | 'availableAt' | 'createdAt'>,
  named: NamedRecords,
): NewOutboxRow {
  const { transactionId, definition, tenant, op, availableAt, createdAt } = row;
  const columns = { transactionId, tenant, op, availableAt, createdAt };
  const source = listSource(definition);
  return { ...columns, definition: source, recordId: String(named.ids.length), before: JSON.stringify(named) };
}

/** The outbox row of changes that it names together. */
export function toRow(changes: readonly RowChange[], transactionId: string, createdAt: number): NewOutboxRow {
  const [first] = changes as readonly [RowChange];
  const row = toOutboxRow(first, transactionId, createdAt);
  if (changes.length === 1) return row;
  for (const change of changes) checkRecordId(change);
  const ids = changes.map(({ recordId }) => recordId);
  return toListRow(row, first.trace === undefined ? { ids } : { ids, trace: first.trace });
}

/** The reverse of `toRow`. */
export function fromRow(row: UnpublishedRow, definition: ReplicatedDefinition): RowChange[] {
  if (!isList(row)) return [fromOutboxRow(row, definition)];
  const { ids, version, trace } = namedRecords(row);
  const alike = { ...fromOutboxRow({ ...row, before: null }, definition), ...(version !== undefined && { version }) };
  const changes: RowChange[] = ids.map(recordId => ({ ...alike, recordId }));
  if (trace !== undefined && changes[0]) changes[0].trace = trace;
  return changes;
}

/**
 * Which changes one outbox row names together: many of one definition, tenant and kind. Where a record stood before, or why it was given up
 * on, is said of it alone, in a row of its own.
 */
export function groupChanges(changes: readonly RowChange[]): (readonly RowChange[])[] {
  if (changes.length < LIST_FROM) return changes.map(change => [change]);
  const groups: RowChange[][] = [];
  const alike = new Map<string, RowChange[]>();
  for (const change of changes) {
    const { definition, tenant, op, before, error } = change;
    const isAlone =
      before !== undefined || error !== undefined || definition.name.length + PREFIX.length > SOURCE_LENGTH;
    const key = `${definition.name} ${op} ${typeof tenant === 'string' ? `=${tenant}` : ''}`;
    const group = isAlone ? undefined : alike.get(key);
    if (group) group.push(change);
    else {
      const own = [change];
      groups.push(own);
      if (!isAlone) alike.set(key, own);
    }
  }
  return groups.flatMap(group => (group.length < LIST_FROM ? group.map(change => [change]) : inParts(group)));
}

/** As many rows as it takes. */
function inParts(group: readonly RowChange[]): RowChange[][] {
  const parts: RowChange[][] = [];
  let length = CHARACTERS;
  for (const change of group) {
    const last = parts.at(-1);
    length += change.recordId.length + '"",'.length;
    if (last && last.length < MOST && length < CHARACTERS) last.push(change);
    else {
      parts.push([change]);
      length = change.recordId.length + '{"ids":["",]}'.length;
    }
  }
  return parts;
}

function namedRecords({ before }: Pick<OutboxRow, 'before'>): NamedRecords {
  return JSON.parse(before ?? '{"ids":[]}') as NamedRecords;
}
