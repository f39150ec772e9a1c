import { eventually, freshDatabase, freshPrefix, spawnNode, startFaultProxy, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Plan, plans } from './plans.fixture.ts';
import { replication } from './replication.ts';
import { openOrm } from './system.fixture.ts';
import { tenantry } from './tenantry.ts';

// What MikroORM's command line does with a config: it opens the ORM, looks at the schema, and closes the ORM.
it.each([
  ['looks at the schema', 'look'],
  ['writes, and settles nothing', 'write'],
])('a process whose ORM has the URL of a Redis ends with its ORM, when it only %s', async (_what, task) => {
  await using database = await freshDatabase();
  await using names = freshPrefix();
  await using child = spawnNode(new URL('./own-redis.fixture.ts', import.meta.url), [
    JSON.stringify({ database, redisUrl: testServers().redisUrl, prefix: names.prefix, task }),
  ]);
  expect(await child.exit, child.lines.join('\n')).toBe(0);
  expect(child.lines.at(-1)).toBe('closed');
});

it('opens no connection before it is needed, and none is left after the ORM has closed', async () => {
  await using database = await freshDatabase();
  await using names = freshPrefix();
  const { hostname, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  const redis = `redis://${proxy.host}:${proxy.port}`;
  const { prefix } = names;
  const orm = await openOrm(database, {
    entities: [Plan] as never,
    extensions: [tenantry({ redis, prefix, sync: [[Plan, plans]], publishTimeoutMs: 30_000 })],
  });
  await orm.schema.create();
  expect(proxy.accepted).toBe(0);
  const em = orm.em.fork();
  em.create(Plan, { tenantId: 'acme', slug: 'a' });
  await em.flush();
  expect(proxy.accepted).toBe(1);
  const { redis: opened } = replication(orm);
  await orm.close();
  await eventually(() => expect(opened.status).toBe('end'));
  expect(proxy.accepted).toBe(1);
});

it('refuses a URL of something else, and shows no password', () => {
  const open = () => tenantry({ redis: 'http://user:s3cr3t@host', sync: [[Plan, plans]] });
  expect(open).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('"http:"') }),
  );
  expect(open).not.toThrow(/s3cr3t/);
});
