import { signals } from '@tenantry/redis';
import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../mikro-orm/src/system.fixture.ts';
import { callerOf, type Lab, mode, openLab } from './admin.fixture.ts';
import { trustedHeader } from './auth/trusted-header.ts';
import { createAdmin } from './create-admin.ts';

let opened: Lab[] = [];
afterEach(async () => {
  for (const each of opened) await each[Symbol.asyncDispose]();
  opened = [];
});

async function open(...options: Parameters<typeof openLab>): Promise<Lab> {
  const lab = await openLab(...options);
  opened.push(lab);
  return lab;
}

// B26
it('without `auth` this machine may do everything, over a listener and without one, and nobody else anything, nor who comes from nobody knows where', async () => {
  const lab = await open({ admin: { auth: undefined, admins: [] } });
  const listening = await lab.admin.listen(0);
  expect(listening.url).toBe(`http://127.0.0.1:${listening.port}`);
  const own = { 'sec-fetch-site': 'none', 'content-type': 'application/json', 'if-none-match': '*' };
  const put = await fetch(`${listening.url}/api/v1/tenants/acme/configs/mode`, {
    method: 'PUT',
    headers: own,
    body: '{"json":"\\"on\\""}',
  });
  expect([put.status, await put.json()]).toMatchObject([200, { version: 1 }]);
  expect(await lab.system.sql('select actor from tenantry_audit')).toEqual([{ actor: 'local' }]);
  await expect(lab.admin.listen(0, '0.0.0.0')).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('staticTokens'),
  });
  for (const [url, address] of [
    ['http://localhost/api/v1/me', '10.0.0.3'],
    ['http://evil.example/api/v1/me', '127.0.0.1'],
    ['http://localhost/api/v1/me', undefined],
  ] as const) {
    const answered = await lab.admin.fetch(new Request(url), address === undefined ? undefined : { address });
    expect([answered.status, await answered.json()]).toMatchObject([403, { code: 'AUTH_NOT_CONFIGURED' }]);
  }
  const here = await lab.admin.fetch(new Request('http://localhost/api/v1/me'), { address: '::1' });
  expect(await here.json()).toMatchObject({ id: 'local' });
  await lab.admin.close();
  await expect(fetch(listening.url)).rejects.toThrow();
  expect((await lab.admin.fetch(new Request('http://localhost/api/v1/me'))).status).toBe(503);
});

it('as a part of another server it has a path of its own, and a page behind the API', async () => {
  const page = async (request: Request) =>
    new URL(request.url).pathname === '/admin/' ? new Response('the page') : undefined;
  const lab = await open({ admin: { basePath: '/admin', page } });
  const get = (path: string) =>
    lab.admin.fetch(new Request(`http://localhost${path}`, { headers: { 'x-user': 'root' } }), {
      address: '127.0.0.1',
    });
  expect(await (await get('/admin/')).text()).toBe('the page');
  expect((await get('/admin/api/v1/me')).status).toBe(200);
  for (const path of ['/api/v1/me', '/adminx/api/v1/me', '/admin/other', '/admin/api/v1', '/admin/api/v2/me'])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  const { headers } = await get('/admin/api/v1/me');
  expect([headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual([
    'nosniff',
    'private, no-cache',
  ]);
  const openapi = await (await get('/admin/api/v1/openapi.json')).json();
  expect(openapi).toMatchObject({ servers: [{ url: '/admin/api/v1' }] });
});

it('sends a browser that has not signed in to where it can, and back', async () => {
  const auth = Object.assign(
    (request: Request) => (request.headers.has('x-user') ? { id: 'ann', groups: [] } : undefined),
    { login: '/login', respond: async () => undefined },
  );
  const lab = await open({ admin: { auth, page: async () => new Response('the page') } });
  const get = (path: string, headers: Record<string, string>) =>
    lab.admin.fetch(new Request(`http://localhost${path}`, { headers }));
  const opens = { 'sec-fetch-dest': 'document' };
  for (const headers of [opens, { accept: 'text/html,*/*' }]) {
    const answered = await get('/tenants/a?tab=json', headers);
    expect([answered.status, answered.headers.get('location')]).toEqual([302, '/login?to=%2Ftenants%2Fa%3Ftab%3Djson']);
  }
  expect((await get('/tenants/a', { ...opens, 'x-user': 'ann' })).status).toBe(200);
  expect((await get('/assets/page.js', { 'sec-fetch-dest': 'script', accept: '*/*' })).status).toBe(200);
  expect((await get('/api/v1/me', opens)).status).toBe(401);
});

it('only shows where it was told to', async () => {
  const lab = await open({ admin: { readOnly: true } });
  const root = lab.as('root');
  expect((await root.get('/me')).body.readOnly).toMatch(/readOnly/);
  expect((await root.get('/tenants/acme/configs/mode')).status).toBe(200);
  const put = await root.send('PUT', '/tenants/acme/configs/mode', { json: '"on"' }, { 'if-none-match': '*' });
  expect(put).toMatchObject({ status: 403, body: { code: 'READ_ONLY' } });
  // B9: what only reads may be asked.
  expect((await root.send('POST', '/operations/audits', {})).body.findings).toEqual([]);
  expect((await root.send('POST', '/operations/audits', { repair: true })).body.code).toBe('READ_ONLY');
  const changes = [{ scope: 'global', config: 'seats', json: '{"seats":2}' }];
  expect(await root.send('POST', '/preview', { changes })).toMatchObject({ status: 200 });
});

it('takes long bodies of several changes, one after the other, whatever became of the one before', async () => {
  const lab = await open({ admin: { maxBodyBytes: 200, maxBulkBytes: 2_000 } });
  const root = lab.as('root');
  expect((await root.get('/me')).body.limits).toEqual({ bodyBytes: 200, bulkBytes: 2_000, bulkChanges: 10_000 });
  const preview = (length: number) => {
    const changes = [{ scope: 'tenants/acme', config: 'mode', json: '"on"' }];
    return root.send('POST', '/preview', JSON.stringify({ changes }).padEnd(length));
  };
  const statuses = await Promise.all([preview(2_000), preview(1_000), preview(100), preview(2_001), preview(1_500)]);
  expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200, 413, 200]);
  const bulk = (text: string) => root.send('POST', '/tenants/acme/configs', text);
  expect(await bulk('{'.padEnd(300))).toMatchObject({ status: 400, body: { code: 'NOT_JSON' } });
  expect(await bulk('{}'.padEnd(300))).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  const changes = [{ config: 'mode', json: '"on"', ifVersion: 0 }];
  expect((await bulk(JSON.stringify({ changes }).padEnd(300))).status).toBe(200);
  expect((await bulk(JSON.stringify({ changes }).padEnd(300))).status).toBe(412);
  expect((await preview(300)).status).toBe(200);
  // Another route takes no more than it did.
  expect((await root.send('PUT', '/tenants/acme/configs/mode', '{}'.padEnd(300), { 'if-match': '*' })).status).toBe(
    413,
  );
});

it('answers OPTIONS and HEAD, and refuses what is no call', async () => {
  const lab = await open({ admin: { maxBodyBytes: 200 } });
  const root = lab.as('root');
  expect((await root.send('OPTIONS', '/me')).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  expect(await root.send('HEAD', '/me')).toMatchObject({ status: 200, text: '' });
  expect(await root.send('HEAD', '/nope')).toMatchObject({ status: 404, text: '' });
  expect((await root.send('POST', '/me', {})).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  const put = (body: string, headers = {}) =>
    root.send('PUT', '/tenants/acme/configs/mode', body, { 'if-match': '*', ...headers });
  expect(await put('{"json":"\\"on\\"","tenant":"zeta"}')).toMatchObject({
    status: 400,
    body: { code: 'INVALID_REQUEST' },
  });
  expect(await put('{"json":')).toMatchObject({ status: 400, body: { code: 'NOT_JSON' } });
  expect(await put(`{"json":"${'x'.repeat(300)}"}`)).toMatchObject({ status: 413 });
  expect(await put('{}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  expect(await put('{}')).toMatchObject({ status: 400 });
  for (const name of ['nope', '__proto__', 'constructor', 'toString'])
    for (const path of ['/me', '/tenants', '/audit'])
      expect([name, path, (await root.get(`${path}?${name}=1`)).status]).toEqual([name, path, 400]);
  expect(lab.errors).toEqual([]);
});

it('believes an `auth` that answers a caller, and no other answer', async () => {
  let answer: unknown = { id: 'root', groups: [] };
  const lab = await open({ admin: { auth: (() => answer) as never } });
  const status = async () => (await lab.as('x').get('/me')).status;
  expect(await status()).toBe(200);
  for (answer of [{ id: '', groups: [] }, { id: 'x' }, { id: 5, groups: [] }, 'root', { id: 'x', groups: [5] }])
    expect(await status()).toBe(500);
  expect(lab.errors).toHaveLength(5);
  answer = undefined;
  expect(await status()).toBe(401);
});

it('says at its start that nobody may do anything, and how to begin', async () => {
  const lab = await open();
  const told: string[] = [];
  const auth = trustedHeader({ header: 'x-user', from: ['127.0.0.1'] });
  const start = async (admins?: string[]) => {
    const onError = (error: unknown) => told.push((error as Error).message);
    await using _ = await createAdmin({
      orm: lab.system.orm,
      client: lab.client,
      auth,
      onError,
      ...(admins && { admins }),
    });
  };
  await start(['user:ann']);
  expect(told).toEqual([]);
  await start();
  expect(told).toMatchObject([expect.stringContaining('`admins`')]);
  await lab.grants.give({ who: 'user:bob', verbs: ['view'], scope: '*' });
  await start();
  expect(told).toHaveLength(1);
});

it('is not made from what is none of its options, nor over an ORM without grants', async () => {
  const lab = await open();
  const { orm } = lab.system;
  const refused = (options: object) =>
    createAdmin({ orm, client: lab.client, ...options }).then(
      () => 'made',
      error => error.code,
    );
  for (const options of [
    { orm: {} },
    { client: {} },
    { auth: 5 },
    { admins: ['ann'] },
    { basePath: 'admin/' },
    { maxBodyBytes: 0 },
    { nope: 1 },
    { metrics: { public: 'yes' } },
    { metrics: { budgetMs: 0 } },
    { metrics: { token: {} } },
    { ofrep: { origins: 'any' } },
    { ofrep: { streamSecret: 'short' } },
  ])
    expect(await refused(options), JSON.stringify(options)).toBe('INVALID_OPTION');
  await using plain = await openSystem({ sync: [[Plan, plans]] });
  expect(await refused({ orm: plain.orm })).toBe('NOT_REGISTERED');
  // What counts for the metrics listens from the start: an admin that was refused has left nothing behind.
  await lab.admin.close();
  for (const signal of Object.values(signals)) expect(signal.hasSubscribers).toBe(false);
});

describe('a right that was taken away', () => {
  it('is known to every admin of the installation', async () => {
    const lab = await open();
    const other = await createAdmin({
      ...{ orm: lab.system.orm, client: lab.client, auth: trustedHeader({ header: 'x-user', from: ['127.0.0.1'] }) },
    });
    const ann = callerOf(other, { 'x-user': 'ann', 'sec-fetch-site': 'none' });
    const status = async () => (await ann.get('/tenants/acme/configs/mode')).status;
    await lab.store.tenant('acme').set(mode, 'on');
    const given = await lab
      .as('root')
      .send('POST', '/grants', { who: 'user:ann', verbs: ['view'], scope: '*', config: '*' });
    await eventually(async () => (await status()) === 200);
    await lab.as('root').send('DELETE', `/grants/${given.body.id}`);
    await eventually(async () => (await status()) === 404);
    await other.close();
  });
});
