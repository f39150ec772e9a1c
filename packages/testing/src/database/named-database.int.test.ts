import { expect, it } from 'vitest';
import { testServers } from '../test-servers.ts';
import { freshDatabase, onMysql, onPostgres } from './fresh-database.ts';
import { namedDatabase } from './named-database.ts';

const { databaseUrl } = testServers();

it('makes a database that is not there, keeps what is in one that is, and names the kind of the server', async () => {
  await using known = await freshDatabase();
  await known.run('CREATE TABLE mine (id int)');
  const { host } = new URL(known.url);
  expect(await namedDatabase(databaseUrl, known.name)).toBe(`${known.kind}://root@${host}/${known.name}`);
  expect(await ask(known.url, 'SELECT COUNT(*) AS n FROM mine')).toEqual([{ n: 0 }]);
  const name = `${known.name}_app`;
  const url = await namedDatabase(databaseUrl, name);
  try {
    expect(await ask(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  } finally {
    await ask(databaseUrl, `DROP DATABASE ${name}`);
  }
});

/** With the counts as numbers, whose type PostgreSQL gives as text. */
async function ask(url: string, sql: string): Promise<unknown[]> {
  const rows = url.startsWith('postgres')
    ? await onPostgres(url, sql)
    : ((await onMysql(url.replace(/^\w+:/, 'mysql:'), sql))[0] ?? []);
  return Array.isArray(rows) ? rows.map(row => ({ n: Number((row as { n: unknown }).n) })) : [];
}
