import { createHash } from 'node:crypto';
import { MYSQL_NOW } from '../../database/dialect.ts';
import { RECORD_ID_LENGTH } from '../../tables/outbox.ts';
import { literal, quoted, recordIdSql, tenantSql } from './record-id-sql.ts';
import type { HeldByRows, OwnerTable, OwnRow, PartOfRow, SpelledColumn, TableCapture } from './trigger-plan.ts';

/** The kinds of row a trigger sees. */
export type TriggerEvent = 'insert' | 'update' | 'delete';

type Row = 'NEW' | 'OLD';

const TOO_LONG = `tenantry: a primary key of more than ${RECORD_ID_LENGTH} characters once escaped cannot be replicated`;

/**
 * The body of a trigger, in one line. `before` tells whether it has to run before the event: only what it is about to lose
 * can tell then. Undefined: there is nothing to do.
 */
export function triggerBody(
  captures: readonly TableCapture[],
  event: TriggerEvent,
  before: boolean,
  knowsTransactions: boolean,
): string | undefined {
  const locks = before ? captures.flatMap(capture => lockOfPart(capture, event)) : [];
  const statements = captures.flatMap(capture => statementsOf(capture, event, before));
  if (locks.length + statements.length === 0) return undefined;
  const head = statements.length > 0 ? sameTransaction(knowsTransactions) : [];
  return [...locks, ...head, ...statements].join(' ').trim().replace(/;$/, '');
}

/**
 * All outbox rows of a database transaction need one id, and no server tells a trigger which transaction it is in. So
 * the connection keeps the last one, and it is kept on while the outbox still has a row of it. A row of this
 * transaction is there and nobody else can take it away, so its id never changes half-way:
 *
 *   this transaction:  row 7 (id X)     savepoint, row 8 (id X), rolled back       row 9: X still has row 7 → X
 *   the next one:                                                                          row 10: X is published and gone → Y
 *
 * Where X is not yet gone the next transaction shares it. That is allowed, since both are then published together.
 * A transaction that was announced (statement 0) has the id it was announced with. Inside one statement nothing is asked.
 *
 * A variable is asked whether it is set before it is compared with a number: in a trigger that another connection has run before, MySQL
 * 9.7.4 takes one that was never set for 0.
 */
function sameTransaction(knowsTransactions: boolean): string[] {
  const mine = 'transaction_id = convert(@tenantry_transaction using utf8mb4) collate utf8mb4_bin';
  return [
    'if @tenantry_transaction is null or not (@tenantry_statement <=> utc_timestamp(6) + 0) then',
    // MariaDB at least tells a statement that is a transaction by itself.
    ...(knowsTransactions ? ['if @@in_transaction = 0 then set @tenantry_last = null; else'] : []),
    'if @tenantry_statement is not null and @tenantry_statement = 0 then set @tenantry_last = 0;',
    // As a statement of its own: inside the condition of an `if` it would lock what it reads.
    `else select max(id) into @tenantry_last from tenantry_outbox where ${mine}; end if;`,
    ...(knowsTransactions ? ['end if;'] : []),
    `if @tenantry_transaction is null or @tenantry_last is null then set @tenantry_transaction = concat(${literal('t')}, hex(uuid_short())); end if;`,
    'set @tenantry_statement = utc_timestamp(6) + 0; end if;',
  ];
}

function statementsOf(capture: TableCapture, event: TriggerEvent, before: boolean): string[] {
  switch (capture.kind) {
    case 'held':
      return before && event === 'delete' ? changeOfHolders(capture) : [];
    case 'part':
      return before ? [] : changeOfPart(capture, event);
    default:
      return before ? [] : changeOfRow(capture, event);
  }
}

function changeOfRow(capture: OwnRow, event: TriggerEvent): string[] {
  const { definition, key, tenant, discriminator, skipsInsert } = capture;
  if (event === 'insert' && skipsInsert) return [];
  const tenantOf = (row: Row) => (tenant ? tenantSql(column(row, tenant.name), tenant.spelling) : 'null');
  const insert = (row: Row, op: string, beforeSql = 'null') => {
    const id = idOf(row, key);
    return `${id.prepare}${insertSql(`values (${rowSql(definition, id.sql, tenantOf(row), op, beforeSql)})`)}`;
  };
  const statements: string[] = [];
  if (event === 'update') {
    // To readers a row with another primary key is another record: the one it was is gone.
    statements.push(`if ${differ(key)} then ${insert('OLD', 'delete')} end if;`);
    const moved = tenant && `if(${differ([tenant])}, json_object(${literal('tenant')}, ${tenantOf('OLD')}), null)`;
    statements.push(insert('NEW', 'update', moved));
  } else {
    statements.push(event === 'insert' ? insert('NEW', 'create') : insert('OLD', 'delete'));
  }
  if (!discriminator) return statements;
  const rows: Row[] = event === 'update' ? ['NEW', 'OLD'] : [event === 'insert' ? 'NEW' : 'OLD'];
  const values = discriminator.values.map(quoted).join(', ');
  const isOurs = rows.map(row => `${column(row, discriminator.column)} in (${values})`).join(' or ');
  return [`if ${isOurs} then`, ...statements, 'end if;'];
}

/**
 * The owner's row is locked before the new row shares it by its foreign key. Two transactions that share it could neither of them lock
 * it any more, and the database would refuse one.
 */
function lockOfPart(capture: TableCapture, event: TriggerEvent): string[] {
  if (capture.kind !== 'part' || !capture.sharesOwner || event === 'delete') return [];
  const { key, owner } = capture;
  const locked = lock(owner, '1', '@tenantry_owner', `from ${name(owner.table)} o where ${matches(owner, key, 'NEW')}`);
  return event === 'insert' ? [locked] : [`if ${differ(key)} then ${locked} end if;`];
}

/** The owner's row is locked first: a change of another table does not order the record's versions by itself. */
function changeOfPart({ definition, key, tenant, owner }: PartOfRow, event: TriggerEvent): string[] {
  const change = (row: Row) => {
    const tenantOfOwner = tenant ? tenantSql(`o.${name(tenant.name)}`, tenant.spelling) : '1';
    const from = `from ${name(owner.table)} o where ${matches(owner, key, row)}`;
    const id = idOf(row, key);
    const values = rowSql(definition, id.sql, tenant ? '@tenantry_tenant' : 'null', 'update', 'null');
    return `${id.prepare}${lock(owner, tenantOfOwner, '@tenantry_tenant', from)}${insertSql(`values (${values})`)}`;
  };
  if (event === 'insert') return [change('NEW')];
  if (event === 'delete') return [change('OLD')];
  return [`if ${differ(key)} then ${change('OLD')} end if;`, change('NEW')];
}

/** The rows are locked first and by themselves: while an insert waits for a lock, nobody else gets an outbox id. */
function changeOfHolders({ definition, tenant, key, pivot, owner }: HeldByRows): string[] {
  const joined = owner.key.map(({ name: each }, i) => `o.${name(each)} = p.${name(pivot.ownerColumns[i] as string)}`);
  const held = pivot.heldColumns.map((each, i) => `p.${name(each)} = ${column('OLD', key[i] as string)}`);
  const from = `from ${name(owner.table)} o inner join ${name(pivot.table)} p on ${joined.join(' and ')} where ${held.join(' and ')}`;
  const id = recordIdSql(owner.key.map(({ name: each, spelling }) => ({ sql: `o.${name(each)}`, spelling })));
  const tenantOf = tenant ? tenantSql(`o.${name(tenant.name)}`, tenant.spelling) : 'null';
  return [
    lock(owner, 'count(*)', '@tenantry_holders', from),
    // A server refuses any other lock here as soon as the statement itself uses one of the tables.
    insertSql(`select ${rowSql(definition, id, tenantOf, 'update', 'null')} ${from} lock in share mode`),
  ];
}

/**
 * Locks owners' rows, and reads a value of theirs. Where the statement that fired the trigger uses the owner's table (it inserts into a
 * many-to-many table what it selects there, or deletes there), servers refuse a trigger all but shared locks (1442). Then those are
 * taken, and a row of our own is locked before them, since shared locks do not order the versions of two such statements.
 *
 * `select … into`: MySQL 9.7.4 has crashed under another spelling of this lock.
 */
function lock(owner: OwnerTable, value: string, into: string, from: string): string {
  const read = (how: string) => `select ${value} into ${into} ${from} ${how};`;
  const turn = literal(`@${createHash('sha1').update(owner.table).digest('hex')}`);
  return [
    `set ${into} = null; set @tenantry_shared = 0;`,
    `begin declare continue handler for 1442 set @tenantry_shared = 1; ${read('for update')} end;`,
    'if @tenantry_shared = 1 then',
    `insert into tenantry_replica (prefix, confirmed, announced) values (${turn}, 0, 0) on duplicate key update confirmed = 0;`,
    `${read('lock in share mode')} end if; `,
  ].join(' ');
}

function insertSql(rows: string): string {
  return `insert into tenantry_outbox (transaction_id, source, record_id, tenant, op, \`before\`, available_at, created_at) ${rows};`;
}

function rowSql(definition: string, recordId: string, tenant: string, op: string, before: string): string {
  return `@tenantry_transaction, ${literal(definition)}, ${recordId}, ${tenant}, ${literal(op)}, ${before}, 0, ${MYSQL_NOW}`;
}

/** A key that may be too long once escaped is refused here: a server that is not strict would cut it off. */
function idOf(row: Row, key: readonly SpelledColumn[]): { prepare: string; sql: string } {
  const sql = recordIdSql(key.map(({ name: each, spelling }) => ({ sql: column(row, each), spelling })));
  if (key.every(({ spelling }) => spelling !== 'text' && spelling !== 'bytes')) return { prepare: '', sql };
  const refuse = `signal sqlstate '45000' set message_text = '${TOO_LONG}'`;
  return {
    prepare: `set @tenantry_record = ${sql}; if char_length(@tenantry_record) > ${RECORD_ID_LENGTH} then ${refuse}; end if; `,
    sql: '@tenantry_record',
  };
}

/** By their bytes: what a collation takes for one key or tenant may be two. */
function differ(columns: readonly SpelledColumn[]): string {
  const same = columns.map(
    ({ name: each }) => `cast(${column('OLD', each)} as binary) <=> cast(${column('NEW', each)} as binary)`,
  );
  return `not (${same.join(' and ')})`;
}

function matches(owner: OwnerTable, key: readonly SpelledColumn[], row: Row): string {
  return owner.key
    .map(({ name: each }, i) => `o.${name(each)} = ${column(row, (key[i] as SpelledColumn).name)}`)
    .join(' and ');
}

function column(row: Row, each: string): string {
  return `${row}.${name(each)}`;
}

function name(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``;
}
