import type { MikroORM } from '@mikro-orm/core';
import { type Dialect, placeholders } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import { listSource } from '../outbox/record-list.ts';
import { MOST_LISTS, readLists } from '../outbox/waiting-lists.ts';
import type { BatchRecord } from './publish-batch.ts';

/** What a look works with. */
export interface LookParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  /** Knows the outbox rows that are in Redis and only wait to be deleted. */
  isPublished(outboxId: number): boolean;
  /** The most outbox rows that are published in one step. */
  readonly wholeRows: number;
}

/** Whether other unpublished transactions changed the same records; `crowded`: more lists wait than a flush has the time to read. */
export type Entanglement = 'none' | 'some' | 'crowded';

/** A look at the outbox, which a statement that reads rows takes along, or which is a statement of its own. */
export interface EntanglementLook {
  /** A query of one value. */
  readonly sql: string;
  readonly params: readonly unknown[];
  /** What that value says. Undefined where it was cut off: then the look has to be made by itself. */
  read(value: unknown): readonly FoundRow[] | undefined;
  ask(): Promise<readonly FoundRow[]>;
  /** Comes after the rows were read, too. */
  judge(found: readonly FoundRow[]): Promise<Entanglement>;
}

/** An outbox row of the transaction that is published, or of another one: that names one of the records, or a list that may. */
export interface FoundRow {
  readonly id: number;
  readonly kind: 'own' | 'other' | 'list';
}

/** How many outbox rows the value of a look names at most, beside those that were counted: what waits for Redis has no bound. */
const LISTED = 1_000;
/** Of so few records the database says which lists name them: else it would look through each list for each of them. */
const FEW = 8;
const KINDS = { '=': 'own', '+': 'other', '*': 'list' } as const;

/**
 * Tells whether only the outbox knows what there is to publish after a commit: another unpublished transaction, before this one or
 * after it, changed one of these rows, or the rows have other ids than the driver counted (`RowChange.endsCount`).
 */
export function createLook(
  { orm, dialect, isPublished, wholeRows }: LookParts,
  transactionId: string,
  [definition, records]: readonly [ReplicatedDefinition, readonly BatchRecord[]],
  counted: readonly number[],
): EntanglementLook {
  const ids = records.map(record => record.recordId);
  // Triggers may give the connection's next transaction the same id.
  const last = Math.max(...records.map(record => record.version));
  const list = listSource(definition.name);
  const before = orm.em.getPlatform().quoteIdentifier('before');
  // Of the text only: an id is part of another one without what stands around it.
  const named = ids.length > FEW ? [] : ids.map(id => `"${id}"`);
  const names = named.length > 0 ? ` and (${named.map(() => dialect.contains(before)).join(' or ')})` : '';
  const orCounted = counted.length > 0 ? ` or id in (${placeholders(counted)})` : '';
  // Written by hand, because it is on the way of every flush.
  const from = `from ${ownTable(orm, 'outbox')} where (source = ? and record_id in (${placeholders(ids)}) or source = ?${names}) and (transaction_id <> ? or id > ?${orCounted}) and available_at is not null`;
  const params = [definition.name, ...ids, list, ...named, transactionId, last, ...counted];
  const kind = `case when transaction_id = ? then '=' when source = ? then '*' else '+' end`;
  const listed = counted.length + LISTED;
  return {
    sql: `select ${dialect.listOf(['id', kind])} from (select id, source, transaction_id ${from} limit ${listed}) as tenantry_found`,
    params: [transactionId, list, ...params],
    read: text => {
      const found = readList(text);
      return found && found.length < listed ? found : undefined;
    },
    ask: async () => {
      const sql = `select id, ${kind} as kind ${from} limit ${wholeRows + 1}`;
      const rows = await selectOwn<{ id: number | string; kind: keyof typeof KINDS }>(orm.em, sql, [
        ...[transactionId, list],
        ...params,
      ]);
      return rows.map(row => ({ id: Number(row.id), kind: KINDS[row.kind] }));
    },
    judge: async found => {
      // Whatever they are, they are too many to be told apart here.
      if (found.length > wholeRows) return 'some';
      const missing = new Set(counted);
      const others = found.filter(row => row.kind !== 'own' || !missing.delete(row.id));
      if (missing.size > 0) countAnew(orm);
      const waiting = others.filter(row => !isPublished(row.id));
      if (missing.size > 0 || waiting.some(row => row.kind !== 'list')) return 'some';
      if (waiting.length > MOST_LISTS) return 'crowded';
      const mine = new Set(ids);
      const lists = waiting.map(row => row.id);
      for await (const { recordIds } of readLists(internalFork(orm), lists))
        if (recordIds.some(id => mine.has(id))) return 'some';
      return 'none';
    },
  };
}

/** What `Dialect.listOf` wrote. Each id has its end, and how many there are is known: a list that was cut off is not taken for a whole one. */
function readList(value: unknown): FoundRow[] | undefined {
  const [, count, list = ''] = /^(\d+) ((?:\d+[=+*])*)$/.exec(String(value)) ?? [];
  const found = [...list.matchAll(/(\d+)([=+*])/g)].map(([, id, end]) => ({
    id: Number(id),
    kind: KINDS[end as keyof typeof KINDS],
  }));
  return found.length === Number(count) ? found : undefined;
}

/** MikroORM asks for `auto_increment_increment` once in the life of its driver for MySQL and MariaDB. It asks again. */
function countAnew(orm: MikroORM): void {
  const driver: object = orm.em.getDriver();
  if ('autoIncrementIncrement' in driver) driver.autoIncrementIncrement = undefined;
}
