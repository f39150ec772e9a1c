import { eventually, freshDatabase, freshPrefix, spawnNode, startFaultProxy, testServers } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Plan, plans } from './plans.fixture.ts';
import { replication } from './replication.ts';
import { openOrm } from './system.fixture.ts';
import { tenantry } from './tenantry.ts';

// What MikroORM's command line does with a config: it opens the ORM, looks at the schema, and closes the ORM.
it.each([
  ['the URL of a Redis', 'looks at the schema', 'url', 'look'],
  ['the URL of a Redis', 'writes, and settles nothing', 'url', 'write'],
  ['a function that opens one', 'looks at the schema', 'function', 'look'],
  ['a function that opens one', 'writes, and settles nothing', 'function', 'write'],
])('a process whose ORM has %s ends with its ORM, when it only %s', async (_redis, _what, given, task) => {
  await using database = await freshDatabase();
  await using names = freshPrefix();
  await using child = spawnNode(new URL('./own-redis.fixture.ts', import.meta.url), [
    JSON.stringify({ database, redisUrl: testServers().redisUrl, prefix: names.prefix, task, given }),
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

it('calls a function once, and refuses what is no connection', async () => {
  await using database = await freshDatabase();
  await using names = freshPrefix();
  const { prefix } = names;
  const open = (redis: () => Redis) =>
    openOrm(database, {
      entities: [Plan] as never,
      extensions: [tenantry({ redis, prefix, sync: [[Plan, plans]] })],
    });
  const made: Redis[] = [];
  const orm = await open(() => {
    made.push(new Redis(testServers().redisUrl, { lazyConnect: true }));
    return made[0] as Redis;
  });
  expect(made.map(({ status }) => status)).toEqual(['wait']);
  expect(replication(orm).redis).toBe(made[0]);
  await orm.close();
  await eventually(() => expect(made.map(({ status }) => status)).toEqual(['end']));
  await expect(open(() => undefined as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(open((async () => made[0]) as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it('refuses a URL of something else, and shows no password', () => {
  const open = () => tenantry({ redis: 'http://user:s3cr3t@host', sync: [[Plan, plans]] });
  expect(open).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('"http:"') }),
  );
  expect(open).not.toThrow(/s3cr3t/);
});
