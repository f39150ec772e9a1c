import { IsolationLevel, type MikroORM, type Platform, type TransactionOptions } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';

/** Everything in which the databases differ. */
export interface Dialect {
  /** Short transactions of ours: at the default level of MySQL, their gap locks would make writers wait, or deadlock. */
  readonly readCommitted: TransactionOptions;
  /** Several reads of one moment. */
  readonly snapshot: TransactionOptions;
  /** The database's clock in ms: every process agrees on it. */
  readonly now: string;
  /** Appended to a SELECT that claims rows: others take other rows instead of waiting. */
  readonly skipLocked: string;
  readonly supportsRowLocks: boolean;
  /** What a cancelled statement ends with it: nothing else, or its whole transaction. Undefined: it cannot be cancelled. */
  readonly cancelEnds: 'statement' | 'transaction' | undefined;
  /** Whether a locking read of a row that is not there keeps others from inserting any beside it. */
  readonly locksGaps: boolean;
  /** Whether the rows of a many-to-many table that belong to one owner come in the order of its primary key without being asked to. */
  readonly ordersLinks: boolean;
  /** The collation that tells apart and orders texts by their code points; undefined where that is the default. */
  readonly exactCollation: string | undefined;
  /** A column for the text of a large value, where `text` ends at 64 KiB. */
  readonly longText: string | undefined;
  /** Where nobody can wait for a row that is not committed: the first transaction that is still to begin, and whether those before it are over. */
  readonly transactions: { readonly next: string; readonly areOver: string } | undefined;
  /** What the error numbers of `for update nowait` say: another transaction has locked the row. */
  readonly rowLockedErrors: readonly unknown[];
  /** Triggers can capture; `knowsTransactions`: SQL can ask for the id of the present transaction. Undefined: they cannot. */
  readonly triggers: { readonly knowsTransactions: boolean } | undefined;
  /** Whether a cast makes of a value what a column would: to the column's own type, or to those that MySQL can cast to. */
  readonly keyCasts: 'column' | 'mysql' | undefined;
  /** The names of the tables whose rows a trigger may change when they are updated. */
  readonly updateTriggers: string;
  /** How many tables the connection's schema has. */
  readonly countTables: string;
  /**
   * An aggregate: how many rows there are, a blank, and of each row these expressions, one behind the other. The text may be cut off
   * where it is long; it is never null.
   */
  readonly listOf: (expressions: readonly string[]) => string;
  /** Whether a text has this parameter in it, upper or lower case as its collation has it. */
  readonly contains: (text: string) => string;
  /** Lets the outbox's ids go on after this one; undefined where an id that is given by hand does. */
  readonly raiseIds: ((outbox: string) => string) | undefined;
}

const LEVELS = {
  readCommitted: { isolationLevel: IsolationLevel.READ_COMMITTED },
  snapshot: { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
} as const;

/**
 * The clock in ms. Without an argument `unix_timestamp` knows of no zone: made from a local time, it would be an hour behind in the hour after
 * the server's clock has gone back.
 */
export const MYSQL_NOW = 'cast(unix_timestamp() * 1000 + microsecond(utc_timestamp(3)) div 1000 as unsigned)';

const MYSQL: Dialect = {
  ...LEVELS,
  now: MYSQL_NOW,
  skipLocked: ' for update skip locked',
  supportsRowLocks: true,
  cancelEnds: 'statement',
  locksGaps: true,
  // Both indexes that MikroORM gives such a table have them so. What is in Redis has this order: to sort it would be another value.
  ordersLinks: true,
  exactCollation: 'utf8mb4_bin',
  longText: 'mediumtext',
  transactions: undefined,
  // A row is locked, as MariaDB says it and as MySQL does; a deadlock, as both do.
  rowLockedErrors: [1205, 3572, 1213],
  triggers: { knowsTransactions: false },
  keyCasts: 'mysql',
  updateTriggers:
    "select distinct event_object_table as name from information_schema.triggers where trigger_schema = database() and event_manipulation = 'UPDATE' and action_timing = 'BEFORE'",
  countTables: 'select count(*) as found from information_schema.tables where table_schema = database()',
  listOf: expressions => `concat(count(*), ' ', coalesce(group_concat(${expressions.join(', ')} separator ''), ''))`,
  contains: text => `instr(${text}, ?) > 0`,
  raiseIds: undefined,
};

const DIALECTS = {
  MySQL: MYSQL,
  MariaDB: { ...MYSQL, triggers: { knowsTransactions: true } },
  PostgreSQL: {
    ...LEVELS,
    now: 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)',
    skipLocked: ' for update skip locked',
    supportsRowLocks: true,
    cancelEnds: 'transaction',
    locksGaps: false,
    ordersLinks: false,
    exactCollation: 'C',
    longText: undefined,
    transactions: {
      next: 'select pg_snapshot_xmax(pg_current_snapshot())::text as next',
      areOver: 'select pg_snapshot_xmin(pg_current_snapshot()) >= cast(? as xid8) as over',
    },
    rowLockedErrors: [],
    triggers: undefined,
    keyCasts: 'column',
    updateTriggers:
      "select distinct event_object_table as name from information_schema.triggers where event_manipulation = 'UPDATE'",
    countTables: 'select count(*) as found from information_schema.tables where table_schema = current_schema()',
    listOf: expressions => `concat(count(*), ' ', string_agg(concat(${expressions.join(', ')}), ''))`,
    contains: text => `strpos(${text}, ?) > 0`,
    raiseIds: outbox => `select setval(pg_get_serial_sequence('${outbox}', 'id'), ?)`,
  },
  // One writer at a time: its transactions are row locks enough.
  SQLite: {
    readCommitted: {},
    snapshot: {},
    now: "cast(unixepoch('subsec') * 1000 as integer)",
    skipLocked: '',
    supportsRowLocks: false,
    cancelEnds: undefined,
    locksGaps: false,
    ordersLinks: false,
    exactCollation: undefined,
    longText: undefined,
    transactions: undefined,
    rowLockedErrors: [],
    triggers: undefined,
    keyCasts: undefined,
    updateTriggers: "select distinct tbl_name as name from sqlite_master where type = 'trigger'",
    countTables: "select count(*) as found from sqlite_master where type = 'table'",
    listOf: expressions => `count(*) || ' ' || coalesce(group_concat(${expressions.join(' || ')}, ''), '')`,
    contains: text => `instr(${text}, ?) > 0`,
    raiseIds: undefined,
  },
} as const satisfies Readonly<Record<string, Dialect>>;

/**
 * Errors of MySQL and MariaDB that are about the value itself, and that MySQL files under its general errors: out of range, too
 * long, not of this character set, larger than any packet, refused by a check.
 */
export const DATA_ERRORS: ReadonlySet<number> = new Set([1153, 1264, 1366, 1406, 3140, 3819, 4025]);

/** The dialect of this ORM's driver, or of the driver it extends. */
export function dialectOf(orm: Pick<MikroORM, 'config'>): Dialect {
  const dialect = dialectOfPlatform(orm.config.getPlatform());
  if (dialect) return dialect;
  throw new TenantryError(
    'INVALID_OPTION',
    `Tenantry works with ${Object.keys(DIALECTS).join(', ')}, not with ${orm.config.getDriver().constructor.name}.`,
  );
}

/** Undefined where Tenantry does not work with it. */
export function dialectOfPlatform(platform: Platform): Dialect | undefined {
  const name = databaseNameOf(platform);
  return name && DIALECTS[name];
}

/** Told by what the platform can do: a minifier leaves no class its name. */
function databaseNameOf(platform: Platform): keyof typeof DIALECTS | undefined {
  if (platform.supportsUnsigned()) return platform.convertsJsonAutomatically() ? 'MySQL' : 'MariaDB';
  if (!platform.usesReturningStatement()) return undefined;
  if (platform.supportsNativeEnums()) return 'PostgreSQL';
  return /^\(?strftime\(/.test(platform.getCurrentTimestampSQL(0)) ? 'SQLite' : undefined;
}

/** `?, ?, ?`: one placeholder for each value. */
export function placeholders(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
