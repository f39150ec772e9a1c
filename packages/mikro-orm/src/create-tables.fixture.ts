import type { MikroORM } from '@mikro-orm/mariadb';
import type { FreshDatabase } from '@tenantry/testing';

/**
 * The tables that `orm.schema.create()` makes, with each one's keys said at once. MikroORM adds them one by one, and to MySQL a statement
 * about a table is dear, whatever it says.
 */
export async function createTables(orm: MikroORM, database: FreshDatabase): Promise<void> {
  if (database.kind === 'postgresql') return orm.schema.create();
  await database.run(joinKeys(await orm.schema.getCreateSchemaSQL()));
}

const TABLE = /^create table (?<table>\S+) \((?<columns>.*)\) (?<rest>default character set .*)$/;
const KEY = /^alter table (?<table>\S+) add (?<key>(index|unique|constraint) .*);$/;

/** Of lines with a statement each. */
function joinKeys(sql: string): string {
  const lines = sql.split('\n');
  const made = new Set(lines.flatMap(line => TABLE.exec(line)?.groups?.table ?? []));
  const keyOf = (line: string) => {
    const { table = '', key = '' } = KEY.exec(line)?.groups ?? {};
    return made.has(table) ? { table, key } : undefined;
  };
  const keys = lines.flatMap(line => keyOf(line) ?? []);
  return lines
    .filter(line => !keyOf(line))
    .map(line => {
      const { table, columns, rest } = TABLE.exec(line)?.groups ?? {};
      const own = keys.filter(each => each.table === table).map(({ key }) => key);
      return table ? `create table ${table} (${[columns, ...own].join(', ')}) ${rest}` : line;
    })
    .join('\n');
}
