import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { databaseSessions, eventually, freshDatabase, freshPrefix, spawnNode } from '@tenantry/testing';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Programs that import an ORM, started on a machine whose cores other tests use as well. */
const START_MS = 90_000;

it('the programs of docs/guides/hot-swap.md rotate a password while a service serves', {
  timeout: 5 * START_MS,
}, async () => {
  await using ends = new AsyncDisposableStack();
  const guide = await readFile(join(root, 'docs/guides/hot-swap.md'), 'utf8');
  const database = ends.use(await freshDatabase());
  const { prefix, redisUrl } = ends.use(freshPrefix());
  // Users belong to the server, which other tests use as well.
  const mine = (text: string) => text.replaceAll(/orders_(?=[ab])/g, `${database.name}_`);
  const server = ends.adopt(await createConnection(database.url), each => each.end());
  for (const user of [mine('orders_a'), mine('orders_b')]) {
    await server.query("CREATE USER ?@'%' IDENTIFIED BY 'nobody needs it'", [user]);
    await server.query("GRANT SELECT ON ??.* TO ?@'%'", [database.name, user]);
    ends.defer(() => server.query("DROP USER ?@'%'", [user]).then(() => undefined));
  }
  // While another program says something that MySQL 9.7.4 cannot show in its information_schema.
  const other = await createConnection(database.url);
  const said = other.query("SELECT SLEEP(600), '🦄'").catch(() => undefined);
  ends.defer(async () => {
    await server.query(`KILL ${other.threadId}`);
    await said;
  });
  // Inside the workspace, so that imports are found as in an application that has installed the packages.
  await mkdir(join(root, '.tenantry'), { recursive: true });
  const folder = await mkdtemp(join(root, '.tenantry/hot-swap-'));
  ends.defer(() => rm(folder, { recursive: true }));
  for (const [, name = '', text = ''] of guide.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)) {
    // The budgets that are right for an application are short on a busy machine.
    const patient = mine(text)
      .replace('createClient({ redis }', `createClient({ redis, prefix: '${prefix}', readTimeoutMs: ${START_MS} }`)
      .replace('tenantry({ redis,', `tenantry({ redis, prefix: '${prefix}',`)
      .replace("name: 'database-login',", "name: 'database-login', cacheTimeout: '60s', databaseTimeout: '60s',")
      .replace('const platform =', 'await orm.schema.update();\nconst platform =')
      .replace('@mikro-orm/mariadb', `@mikro-orm/${database.kind}`);
    await writeFile(join(folder, name), patient);
  }
  const ordersUrl = new URL(database.url);
  ordersUrl.username = ordersUrl.password = '';
  const env = { DATABASE_URL: database.url, ORDERS_URL: ordersUrl.href, REDIS_URL: redisUrl, PORT: '0' };
  const rotate = async () => {
    await using program = spawnNode(join(folder, 'rotate.ts'), [], env);
    expect(await program.exit, program.lines.join('\n')).toBe(0);
    return program.lines;
  };
  expect(await rotate()).toEqual([mine('orders_a is in use now')]);
  const service = ends.use(spawnNode(join(folder, 'orders.ts'), [], env));
  const [, port] = /port: (\d+)/.exec(await service.waitForLine(/port: \d+/, START_MS)) ?? [];
  const ask = async () => (await fetch(`http://127.0.0.1:${port}`)).json();

  let goesOn = true;
  const answers: unknown[] = [];
  const caller = (async () => {
    while (goesOn) {
      answers.push(await ask().catch(String));
      // Not for the sake of the service: others use the machine as well.
      await pause(10);
    }
  })();
  for (const [user, before] of ['ba', 'ab', 'ba']) {
    expect(await rotate()).toEqual([mine(`orders_${user} is in use now`)]);
    await eventually(async () => expect(await ask()).toEqual([{ user: mine(`orders_${user}@%`) }]));
    await eventually(async () => {
      const sessions = await databaseSessions(async sql => (await server.query<RowDataPacket[]>(sql))[0]);
      expect(sessions.filter(({ User }) => User === mine(`orders_${before}`))).toEqual([]);
    });
  }
  goesOn = false;
  await caller;
  expect(answers.length).toBeGreaterThan(10);
  const good = ['a', 'b'].map(each => JSON.stringify([{ user: mine(`orders_${each}@%`) }]));
  expect(answers.filter(answer => !good.includes(JSON.stringify(answer)))).toEqual([]);
  await service.kill('SIGTERM');
  expect(await service.exit, service.lines.join('\n')).toBe(0);
});
