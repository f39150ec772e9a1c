import { onMysql, onPostgres } from './fresh-database.ts';

/** Makes the database of this name where it is not there, and answers its URL, whose scheme names the kind of the server. It is nobody's to drop. */
export async function namedDatabase(serverUrl: string, name: string): Promise<string> {
  const url = new URL(serverUrl);
  // PostgreSQL's has the name of a database already.
  url.pathname = `/${name}`;
  const rest = url.href.slice(url.protocol.length);
  if (serverUrl.startsWith('postgres')) {
    const known = await onPostgres(serverUrl, `SELECT 1 FROM pg_database WHERE datname = '${name}'`);
    if (known.length === 0) await onPostgres(serverUrl, `CREATE DATABASE "${name}"`);
    return `postgresql:${rest}`;
  }
  const create = `CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4`;
  const [, rows] = await onMysql(serverUrl, create, 'SELECT VERSION() AS version');
  return `${/mariadb/i.test(String(rows?.[0]?.version)) ? 'mariadb' : 'mysql'}:${rest}`;
}
