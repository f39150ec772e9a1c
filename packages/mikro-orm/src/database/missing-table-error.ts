import { TenantryError } from '@tenantry/protocol';

// MySQL and MariaDB; PostgreSQL; SQLite says it in words.
const CODES: readonly unknown[] = [1146, '42P01'];
const WORDS = /no such table/;

/** `TABLES_MISSING` in place of the driver's error, where a table of ours is not in the database; any other error as it is. */
export function asMissingTable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { errno, code } = error as { errno?: unknown; code?: unknown };
  const isMissing = CODES.includes(errno) || CODES.includes(code) || WORDS.test(error.message);
  const [table] = isMissing
    ? (/tenantry_(?:outbox|replica|config(?:_revision)?|grant|audit)\b/.exec(error.message) ?? [])
    : [];
  return table === undefined ? error : missingTables([table]);
}

/** The database has no table of these names. */
export function missingTables(tables: readonly string[]): TenantryError {
  const ofConfigs = tables.some(table => table.startsWith('tenantry_config'));
  const ofAdmin = tables.some(table => ['tenantry_grant', 'tenantry_audit'].includes(table));
  const options = ofAdmin ? ' Those of the admin come with the option `admin`.' : '';
  const option = ofConfigs ? ' Those of configs come with the option `configs`, also with an empty list.' : '';
  return new TenantryError(
    'TABLES_MISSING',
    `The database has no table ${tables.join(', ')}: nothing can be replicated. Run your migrations (\`mikro-orm migration:create\` and \`migration:up\`, or \`orm.schema.update({ safe: true })\`); Tenantry's tables are part of your schema.${option}${options}`,
  );
}

/** The same for what is under way. */
export function orMissingTable<T>(work: Promise<T>): Promise<T> {
  return work.catch(error => Promise.reject(asMissingTable(error)));
}
