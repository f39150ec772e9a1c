import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { testServers } from '../test-servers.ts';
import { freshDatabase, onPostgres } from './fresh-database.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');

it('gives each test a database of its own, and drops it', async () => {
  const one = await freshDatabase();
  const other = await freshDatabase();
  expect(one.name).not.toBe(other.name);
  await over(one.url, 'CREATE TABLE mine (id int)');
  await over(other.url, 'CREATE TABLE mine (id int)');
  await one.close();
  await expect(over(one.url, 'SELECT 1')).rejects.toThrow(isPostgres ? /does not exist/ : /unknown database/i);
  await other.close();
});

/** Over a connection of its own, as an application has it. */
async function over(url: string, sql: string): Promise<void> {
  if (isPostgres) return void (await onPostgres(url, sql));
  const connection = await createConnection(url);
  await connection.query(sql);
  await connection.end();
}
