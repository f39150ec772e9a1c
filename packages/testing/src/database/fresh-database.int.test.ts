import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { freshDatabase } from './fresh-database.ts';

it('gives each test a database of its own, and drops it', async () => {
  const one = await freshDatabase();
  const other = await freshDatabase();
  expect(one.name).not.toBe(other.name);
  const connection = await createConnection(one.url);
  await connection.query('CREATE TABLE mine (id int)');
  await connection.end();
  await one.close();
  await expect(createConnection(one.url)).rejects.toThrow(/unknown database/i);
  await other.close();
});
