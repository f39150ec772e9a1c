import { configStore, tenantry } from '@tenantry/mikro-orm';
import { createClient } from '@tenantry/sdk';
import { aclRules, freshDatabase, type RedisServer, startRedisServer } from '@tenantry/testing';
import { startWorker } from '@tenantry/worker';
import { workerSource } from '@tenantry/worker-source';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { banner } from '../../../../packages/mikro-orm/src/configs.fixture.ts';
import { openOrm } from '../../../../packages/mikro-orm/src/system.fixture.ts';
import { openWholePath } from './whole-path.fixture.ts';

// With the rules that docs/guides/security.md tells users to set.
const page = new URL('../../../../docs/guides/security.md', import.meta.url);

let server: RedisServer; // our own: its users and its log are ours
let admin: Redis;

beforeAll(async () => {
  server = await startRedisServer();
  admin = new Redis(server.url);
  for (const user of ['writer', 'worker', 'reader', 'acme-loader', 'load-asker'])
    await admin.call('ACL', 'SETUSER', ...(aclRules(page, user, { PASSWORD: 'secret' }) as [string]));
});
afterAll(async () => {
  admin.disconnect();
  await server.close();
});

const connect = (username: string) =>
  new Redis({ port: server.port, username, password: 'secret', disableClientInfo: true });

it('a writer, a worker and a reader do all of their work with the rights of the page', {
  timeout: 180_000,
}, async () => {
  await using path = await openWholePath({ connect, worker: { fillEveryMs: 50, purgeEveryMs: 50 } });
  await path.write('first');
  await path.arrived('first');

  // Without its data, Redis is filled again; the schedule and the scripts are gone, too.
  await admin.flushall();
  await admin.script('FLUSH');
  await path.write('second');
  await path.arrived('second');
  const refused = ((await admin.call('ACL', 'LOG')) as unknown[][]).map(entry => entry.join(' '));
  expect(refused).toEqual([]);
  expect(path.errors.filter(({ message }) => /NOPERM/.test(message))).toEqual([]);
});

it('none of them can list names, ruin the server or see its settings', async () => {
  for (const user of ['writer', 'worker', 'reader']) {
    const redis = connect(user);
    for (const command of [
      ['KEYS', '*'],
      ['RANDOMKEY'],
      ['FLUSHALL'],
      ['CONFIG', 'GET', '*'],
      ['MONITOR'],
      ['ACL', 'LIST'],
    ])
      await expect(redis.call(command[0] as string, ...command.slice(1)), `${user}: ${command}`).rejects.toThrow(
        /NOPERM/,
      );
    await expect(redis.set('elsewhere', 'x')).rejects.toThrow(/NOPERM/);
    redis.disconnect();
  }
});

it('a reader without a database loads through a worker with the rights of the page', async () => {
  await using database = await freshDatabase();
  await admin.call('ACL', 'LOG', 'RESET');
  const [writing, working, asking, reading] = ['writer', 'worker', 'load-asker', 'acme-loader'].map(connect) as [
    Redis,
    Redis,
    Redis,
    Redis,
  ];
  const orm = await openOrm(database, {
    discovery: { warnWhenNoEntities: false },
    extensions: [tenantry({ redis: writing, configs: [banner] })],
  });
  await orm.schema.create();
  await configStore(orm as never)
    .tenant('acme')
    .set(banner, { text: 'loaded' });
  const worker = await startWorker({ orm: orm as never, redis: working });
  const source = workerSource({ redis: asking, timeoutMs: 15_000 });
  const client = await createClient({ redis: reading, source });
  expect(await client.tenant('acme').get(banner)).toMatchObject({ text: 'loaded' });
  const refused = ((await admin.call('ACL', 'LOG')) as unknown[][]).map(entry => entry.join(' '));
  expect(refused).toEqual([]);
  await client.close();
  await source.close();
  await worker.close();
  await orm.close(true);
  for (const redis of [writing, working, asking, reading]) redis.disconnect();
});
