import { defineConfig } from '@tenantry/protocol';
import { eventually, type FaultProxy, freshDatabase, startFaultProxy, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createTables } from '../../mikro-orm/src/create-tables.fixture.ts';
import { type Lab, openLab } from './admin.fixture.ts';

const size = defineConfig({
  name: 'size',
  schema: z.number(),
  inherit: 'replace',
  databaseTimeout: '4s',
  cacheTimeout: '4s',
});
// Nothing of it waits for a server that is away, but what is there may be late.
const later = defineConfig({
  name: 'later',
  schema: z.number(),
  writePolicy: 'write-back',
  databaseTimeout: '4s',
  cacheTimeout: '4s',
});

async function proxyTo(url: string): Promise<{ proxy: FaultProxy; url: string }> {
  const target = new URL(url);
  const port = Number(target.port);
  const proxy = await startFaultProxy({ target: { host: target.hostname, port } });
  target.hostname = '127.0.0.1';
  target.port = String(proxy.port);
  return { proxy, url: target.href };
}

const write = (lab: Lab, name: string, json: string) =>
  lab.as('root').send('PUT', `/tenants/acme/configs/${name}`, { json }, { 'if-match': '*', 'if-none-match': '' });

it.each(['refuse', 'stall'] as const)(
  'with a database that does %s it says so, shows what it knows, and refuses writes with a reason',
  async mode => {
    await using database = await freshDatabase();
    const { proxy, url } = await proxyTo(database.url);
    await using _proxy = proxy;
    await using lab = await openLab({ configs: [size, later], system: { database, orm: { clientUrl: url } } });
    await createTables(lab.system.orm, database);
    const root = lab.as('root');
    await lab.store.global().set(size, 1);
    await lab.store.tenant('acme').set(size, 2);
    await lab.store.tenant('acme').set(later, 7);
    // The rights are read as soon as there are tables.
    await eventually(async () => (await root.get('/tenants/acme/configs/size')).status === 200);
    await root.get('/tenants/zeta/configs/size');
    await lab.give({ who: 'user:ann', verbs: ['edit'], scope: 'tenants/acme' });
    proxy.set(mode);

    expect((await root.get('/me')).body).toMatchObject({
      id: 'root',
      readOnly: expect.stringMatching(/^The database does not answer/),
    });
    expect((await root.get('/tenants/acme/configs/size')).body).toMatchObject({
      version: 1,
      json: '2',
      effectiveJson: '2',
      ...{ stale: true, behind: 'answer' },
    });
    expect((await root.get('/tenants/zeta/configs/size')).body).toMatchObject({
      state: 'inherited',
      effectiveJson: '1',
      stale: true,
    });
    expect((await root.get('/tenants/acme/configs?search=size')).body.items).toMatchObject([
      { name: 'size', state: 'set', stale: true },
    ]);
    expect((await root.get('/tenants/acme/configs/size/explain')).body.layers[0]).toMatchObject({
      scope: 'tenants/acme',
      json: '2',
    });
    // What Redis has been given since is what readers have, and what is shown.
    await lab.store.tenant('acme').set(later, 8);
    await eventually(async () =>
      expect((await root.get('/tenants/acme/configs')).body.items).toMatchObject([
        { name: 'later', preview: '8', stale: true },
        { name: 'size', preview: '2', stale: true },
      ]),
    );
    expect((await root.get('/operations')).body).toMatchObject({
      database: { reachable: false },
      redis: { reachable: true },
    });
    for (const refused of [
      await write(lab, 'size', '3'),
      await root.get('/tenants/acme/configs/size/versions'),
      await root.get('/tenants'),
    ]) {
      expect([refused.status, refused.body.retryable, refused.headers.get('retry-after')]).toEqual([503, true, '1']);
      // Nobody tries it again for the caller.
      expect(refused.body.detail).not.toContain('is tried again');
    }
    const ann = lab.as('ann');
    expect((await ann.get('/tenants/acme/configs/size')).status).toBe(200);
    expect((await ann.get('/tenants/zeta/configs/size')).status).toBe(404);

    proxy.set('pass');
    await eventually(async () => (await write(lab, 'size', '4')).status === 200);
    expect((await root.get('/me')).body.readOnly).toBeUndefined();
    await eventually(async () =>
      expect((await root.get('/tenants/acme/configs/size')).body).toMatchObject({ json: '4', stale: false }),
    );
  },
  180_000,
);

it('without Redis it goes on with what the database has, and says what Redis does not answer', async () => {
  const { redisUrl } = testServers();
  const { proxy, url } = await proxyTo(redisUrl);
  await using _proxy = proxy;
  await using lab = await openLab({
    ...{ configs: [size, later], system: { redisUrl: url } },
    client: { redis: url, readTimeoutMs: 200, feedTimeoutMs: 200 },
  });
  const root = lab.as('root');
  await lab.store.global().set(size, 1);
  await lab.store.tenant('acme').set(size, 2);
  await lab.store.tenant('acme').set(later, 7);
  // The client's time for Redis is short: a busy machine makes it late now and then.
  for (const tenant of ['acme', 'zeta'])
    await eventually(async () =>
      expect((await root.get(`/tenants/${tenant}/configs`)).body.items).toMatchObject([
        { stale: false },
        { stale: false },
      ]),
    );
  proxy.set('refuse');

  expect((await root.get('/tenants/acme/configs/size')).body).toMatchObject({ json: '2', state: 'set' });
  expect((await root.get('/tenants/zeta/configs/size')).body).toMatchObject({ state: 'inherited', effectiveJson: '1' });
  expect((await write(lab, 'size', '3')).body).toMatchObject({ version: 2, published: false, durable: true });
  expect((await root.get('/tenants/acme/configs/size')).body).toMatchObject({ json: '3', version: 2 });
  // Of a whole list, too: only what Redis might have in a newer version is unsure.
  await lab.store.global().set(size, 10);
  const list = async (tenant: string) =>
    (await root.get(`/tenants/${tenant}/configs`)).body.items.map(({ name, preview, behind }: never) => [
      ...[name, preview, behind],
    ]);
  await eventually(async () =>
    expect(await list('acme')).toEqual([
      ['later', '7', 'answer'],
      ['size', '3', 'readers'],
    ]),
  );
  expect(await list('zeta')).toEqual([
    ['later', undefined, 'answer'],
    ['size', '10', 'readers'],
  ]);
  expect((await root.get('/me')).body.readOnly).toBeUndefined();
  expect((await root.get('/operations')).body).toMatchObject({
    database: { reachable: true },
    redis: { reachable: false },
  });
  for (const refused of [
    await write(lab, 'later', '3'),
    await root.get('/operations/readers'),
    await root.get('/tenants/acme/state'),
  ])
    expect([refused.status, refused.body.code]).toEqual([503, expect.stringMatching(/^(UNAVAILABLE|TIMEOUT)$/)]);
  // Nobody hears of it over the feed: the grants are asked for again.
  const { id } = await lab.grants.give({ who: 'user:ann', verbs: ['view'], scope: 'tenants/acme' });
  await eventually(async () => (await lab.as('ann').get('/tenants/acme/configs/size')).status === 200);
  await lab.grants.take(id);
  await eventually(async () => (await lab.as('ann').get('/tenants/acme/configs/size')).status === 404);
  proxy.set('pass');
  await eventually(async () => (await root.get('/operations')).body.redis.reachable);
}, 180_000);

// G8
it('what operators ask is answered within its time, and says which server does not answer', async () => {
  await using database = await freshDatabase();
  const { proxy, url } = await proxyTo(database.url);
  const { proxy: redisProxy, url: redisUrl } = await proxyTo(testServers().redisUrl);
  await using _proxies = new AsyncDisposableStack();
  _proxies.use(proxy);
  _proxies.use(redisProxy);
  await using lab = await openLab({
    configs: [size, later],
    system: { database, orm: { clientUrl: url }, redisUrl },
    client: { readTimeoutMs: 500 },
  });
  await createTables(lab.system.orm, database);
  const root = lab.as('root');
  await eventually(async () => (await root.get('/operations/dead-letters')).status === 200);
  await lab.give({ who: 'user:ann', verbs: ['list'], scope: 'tenants/acme' });
  const refusals: [what: string, status: number, code: string][] = [];
  const note = async (what: string, work: ReturnType<typeof root.get>) => {
    const { status, body } = await work;
    refusals.push([what, status, body?.code]);
  };
  for (const path of ['/operations/dead-rows', '/audit/export']) {
    // Each connection that waits in the pool loses its answer, too.
    proxy.loseReplies(20);
    await note(path, root.get(path));
    proxy.loseReplies(0);
    await eventually(async () => (await root.get('/operations/dead-rows')).status === 200);
  }
  expect(refusals).toEqual([
    ['/operations/dead-rows', 503, 'UNAVAILABLE'],
    ['/audit/export', 503, 'UNAVAILABLE'],
  ]);
  refusals.length = 0;
  proxy.set('stall');
  redisProxy.set('stall');
  await Promise.all([
    note('dead rows', root.get('/operations/dead-rows')),
    note('the export', root.get('/audit/export')),
    note('dead letters', root.get('/operations/dead-letters')),
    note('the overview', root.get('/operations')),
  ]);
  expect(refusals.toSorted()).toEqual([
    ['dead letters', 503, 'TIMEOUT'],
    ['dead rows', 503, 'TIMEOUT'],
    ['the export', 503, 'TIMEOUT'],
    ['the overview', 200, undefined],
  ]);
  expect(JSON.stringify(lab.errors.map(String))).not.toContain('select');
  proxy.set('pass');
  redisProxy.set('pass');
}, 180_000);
