import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { testServers } from '../test-servers.ts';
import { freshDatabase } from './fresh-database.ts';
import { namedDatabase } from './named-database.ts';

it('makes a database that is not there, keeps what is in one that is, and names the kind of the server', async () => {
  const { databaseUrl } = testServers();
  await using known = await freshDatabase();
  await known.run('CREATE TABLE mine (id int)');
  const { host } = new URL(known.url);
  expect(await namedDatabase(databaseUrl, known.name)).toBe(`${known.kind}://root@${host}/${known.name}`);
  const [database, server] = await Promise.all([known.url, databaseUrl].map(uri => createConnection({ uri })));
  try {
    expect((await database?.query('SELECT COUNT(*) AS n FROM mine'))?.[0]).toEqual([{ n: 0 }]);
    const name = `${known.name}_app`;
    const url = await namedDatabase(databaseUrl, name);
    const made = await createConnection(url.replace(/^\w+:/, 'mysql:'));
    await made.end();
    await server?.query(`DROP DATABASE ${name}`);
  } finally {
    await Promise.all([database?.end(), server?.end()]);
  }
});
