import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callDev } from './call-dev.fixture.ts';
import { configs, feature, freshDir, limits, QUICK, range, smtp } from './folder.fixture.ts';
import { type Dev, startDev } from './index.ts';

let files: Awaited<ReturnType<typeof freshDir>>;
let dev: Dev;

beforeAll(async () => {
  process.env.TENANTRY_DEV_TEST_SECRET = 'hunter2';
  files = await freshDir();
  await files.write('global/range.yaml', '# for all\nmax: 50 # at most\n');
  await files.write('groups/eu/@groups.yaml', '[]\n');
  await files.write('tenants/acme/@groups.yaml', '- eu # Europe\n');
  await files.write('tenants/acme/limits.yaml', '# sold on Monday\nseats: 5 # five\nnote: old\n');
  await files.write('tenants/acme/smtp.yaml', 'password: { $secret: { env: TENANTRY_DEV_TEST_SECRET } }\n');
  await files.write('tenants/beta/@configs.yaml', '# beta\nlimits:\n  seats: 2 # two\nfeature: { on: true }\n');
  await files.write('tenants/gamma/limits.toml', 'seats = 3\n');
  dev = await startDev({ dir: files.dir, configs, port: 0, ...QUICK });
});

afterAll(async () => {
  await dev?.close();
  await files?.[Symbol.asyncDispose]();
});

const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  callDev(dev, method, path, body, headers);
const acme = '/tenants/acme';

describe('the admin on a folder', () => {
  it('shows what the files say, secrets masked', async () => {
    expect((await call('GET', `${acme}/configs/limits`)).body).toMatchObject({
      ...{ state: 'set', version: 1, stale: false },
    });
    const { body } = await call('GET', `${acme}/configs`);
    expect(body).toMatchObject({
      items: [
        { name: 'feature', state: 'default' },
        { name: 'limits', state: 'set', from: 'tenants/acme' },
        { name: 'range', state: 'inherited', from: 'global' },
        { name: 'rates', state: 'none' },
        { name: 'smtp', state: 'set', secret: true },
      ],
    });
    const all = await Promise.all(
      ['', '/configs', '/configs/smtp', '/configs/smtp/explain', '/configs/smtp/versions', '/state'].map(path =>
        call('GET', `${acme}${path}`),
      ),
    );
    expect(JSON.stringify(all)).not.toContain('hunter2');
    expect((await call('GET', '/tenants')).body).toMatchObject({
      items: [{ id: 'acme', groups: ['eu'] }, { id: 'beta' }, { id: 'gamma' }],
    });
    expect((await call('GET', '/groups')).body).toMatchObject({ items: [{ name: 'eu', members: 1 }] });
    const lacks = ['grants.give', 'operations.overview', 'audits.run', 'expiresAt', 'secrets'];
    expect((await call('GET', '/me')).body).toMatchObject({
      grants: [{ verbs: expect.any(Array) }],
      lacks: expect.arrayContaining(lacks),
    });
  });

  it('shows a secret to those who ask for it, and writes that down', async () => {
    const { body } = await call('POST', `${acme}/configs/smtp/reveal`, { reason: 'T-2' });
    expect(body).toEqual({ json: '{"password":"hunter2"}', version: 1 });
    const log = await call('GET', '/audit?action=config.reveal');
    expect(log.body).toMatchObject({ items: [{ config: 'smtp', actor: 'local', reason: 'T-2' }] });
  });

  it('writes the file, keeps its comments, and readers have the value', async () => {
    const { etag } = await call('GET', `${acme}/configs/limits`);
    const wrong = await call('PUT', `${acme}/configs/limits`, { value: { seats: 'x' } }, { 'if-match': etag ?? '' });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'INVALID_VALUE' } });
    const put = { value: { seats: 6, note: 'old' }, reason: 'T-1' };
    expect(await call('PUT', `${acme}/configs/limits`, put, { 'if-match': etag ?? '' })).toMatchObject({
      status: 200,
      body: { version: 2, published: true, durable: true },
    });
    expect(await files.read('tenants/acme/limits.yaml')).toBe('# sold on Monday\nseats: 6 # five\nnote: old\n');
    await eventually(() => expect(dev.client.tenant('acme').peek(limits)).toEqual({ seats: 6, note: 'old' }));
    const stale = await call('PUT', `${acme}/configs/limits`, put, { 'if-match': etag ?? '' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'CONFLICT', details: { currentVersion: 2 } } });
    expect((await call('GET', `${acme}/configs/limits/versions`)).body).toMatchObject({
      items: [
        { version: 2, actor: 'local', reason: 'T-1', origin: 'api' },
        { version: 1, origin: 'file:tenants/acme/limits.yaml' },
      ],
    });
    expect((await call('GET', '/audit?config=limits&scope=tenants/acme')).body).toMatchObject({
      items: [
        { action: 'config.set', version: 2, diff: [{ op: 'replace', path: '/seats', value: 6 }] },
        { action: 'config.set', version: 1, via: 'folder' },
      ],
    });
  });

  it('knows of a file that was saved since the caller looked, before it writes over it', async () => {
    const { etag } = await call('GET', `${acme}/configs/feature`);
    await files.write('tenants/acme/feature.yaml', 'on: true\n');
    const refused = await call('PUT', `${acme}/configs/feature`, { value: { on: false } }, { 'if-match': etag ?? '' });
    expect(refused.status).toBe(412);
    expect(await files.read('tenants/acme/feature.yaml')).toBe('on: true\n');
    await eventually(async () => expect(await dev.client.tenant('acme').get(feature)).toEqual({ on: true }));
  });

  it('writes several configs together or none, into the file in which they stand', async () => {
    const beta = '/tenants/beta/configs';
    const wrong = {
      changes: [
        { config: 'feature', value: { on: false }, ifVersion: 1 },
        { config: 'limits', value: {}, ifVersion: 1 },
      ],
    };
    expect((await call('POST', beta, wrong)).status).toBe(422);
    expect(await files.read('tenants/beta/@configs.yaml')).toContain('feature: { on: true }');
    const good = {
      changes: [
        { config: 'feature', unset: true, ifVersion: 1 },
        { config: 'limits', value: { seats: 3 }, ifVersion: 1 },
        { config: 'range', value: { min: 1 }, ifVersion: 0 },
      ],
    };
    expect(await call('POST', beta, good)).toMatchObject({
      status: 200,
      body: {
        results: [
          { config: 'feature', version: 2 },
          { config: 'limits', version: 2 },
          { config: 'range', version: 1 },
        ],
      },
    });
    expect(await files.read('tenants/beta/@configs.yaml')).toBe(
      '# beta\nlimits:\n  seats: 3 # two\nrange:\n  min: 1\n',
    );
    await eventually(async () => expect(await dev.client.tenant('beta').get(range)).toEqual({ min: 1, max: 50 }));
  });

  it('takes back what it wrote of several where one of them cannot be written', async () => {
    await files.write('tenants/zeta/feature.yaml', '# mine\non: true\n');
    await files.write('tenants/zeta/limits.toml', 'seats = 3 # mine\n');
    const changes = [
      { config: 'feature', value: { on: false }, ifVersion: 1 },
      { config: 'range', value: { min: 2 }, ifVersion: 0 },
      { config: 'limits', value: { seats: 4 }, ifVersion: 1 },
    ];
    const refused = await call('POST', '/tenants/zeta/configs', { changes });
    expect(refused).toMatchObject({ status: 501, body: { code: 'NOT_SUPPORTED' } });
    expect(await files.read('tenants/zeta/feature.yaml')).toBe('# mine\non: true\n');
    await expect(files.read('tenants/zeta/range.yaml')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await dev.client.tenant('zeta').getMany([feature, range])).toEqual([{ on: true }, { min: 0, max: 50 }]);
  });

  it('unsets, rolls back, and tells what a change would do', async () => {
    const first = await call('GET', '/global/configs/range');
    const preview = await call('POST', '/preview', {
      changes: [{ scope: 'global', config: 'range', json: '{"max":40}' }],
    });
    expect(preview.body).toMatchObject({
      changed: expect.arrayContaining([expect.objectContaining({ scope: 'global' })]),
    });
    const unset = await call('DELETE', '/global/configs/range', undefined, { 'if-match': first.etag ?? '' });
    expect(unset).toMatchObject({ status: 200, body: { version: 2 } });
    await expect(files.read('global/range.yaml')).rejects.toMatchObject({ code: 'ENOENT' });
    const { etag } = await call('GET', '/global/configs/range');
    const back = await call('POST', '/global/configs/range/rollback', { version: 1 }, { 'if-match': etag ?? '' });
    expect(back).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await files.read('global/range.yaml')).toBe('max: 50\n');
  });

  it('puts tenants into groups, and deletes only groups that nobody is in', async () => {
    const make = await call('PUT', '/groups/vip', { groups: ['eu'] }, { 'if-none-match': '*' });
    expect(make.status).toBe(200);
    expect(await files.read('groups/vip/@groups.yaml')).toBe('- eu\n');
    const { etag } = await call('GET', '/tenants/acme');
    const put = { groups: ['eu', 'vip'] };
    expect((await call('PUT', '/tenants/acme/groups', put, { 'if-match': etag ?? '' })).status).toBe(200);
    expect(await files.read('tenants/acme/@groups.yaml')).toBe('- eu # Europe\n- vip\n');
    const vip = await call('GET', '/groups/vip');
    const refused = await call('DELETE', '/groups/vip', undefined, { 'if-match': vip.etag ?? '' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'GROUP_IN_USE' } });
    const loop = await call('GET', '/groups/eu');
    const cycle = await call('PUT', '/groups/eu', { groups: ['vip'] }, { 'if-match': loop.etag ?? '' });
    expect(cycle).toMatchObject({ status: 422, body: { code: 'GROUP_CYCLE' } });
  });

  it('writes no secret into a file, no comment of TOML away, and not over a file with a problem', async () => {
    const secret = await call('GET', `${acme}/configs/smtp`);
    const put = (path: string, value: unknown, etag: string | null) =>
      call('PUT', path, { value }, { 'if-match': etag ?? '' });
    expect(await put(`${acme}/configs/smtp`, { password: 'new' }, secret.etag)).toMatchObject({
      status: 501,
      body: { code: 'NOT_SUPPORTED' },
    });
    expect(await files.read('tenants/acme/smtp.yaml')).toContain('$secret');
    const toml = '/tenants/gamma/configs/limits';
    expect((await put(toml, { seats: 4 }, (await call('GET', toml)).etag)).status).toBe(501);
    await files.write('tenants/beta/limits2.yaml', 'x');
    await files.write('tenants/acme/feature.yaml', 'on: {\n');
    const { etag } = await call('GET', `${acme}/configs/feature`);
    expect((await put(`${acme}/configs/feature`, { on: false }, etag)).body).toMatchObject({ code: 'NOT_SUPPORTED' });
    expect(await files.read('tenants/acme/feature.yaml')).toBe('on: {\n');
    expect(await dev.client.tenant('acme').get(smtp)).toEqual({ password: 'hunter2' });
  });

  it.each([
    ['GET', '/operations'],
    ['GET', '/operations/dead-rows'],
    ['GET', '/operations/readers'],
    ['POST', '/operations/audits'],
    ['POST', '/grants'],
  ])('answers that there are no servers: %s %s', async (method, path) => {
    const bodies: Record<string, unknown> = {
      '/grants': { who: 'user:ann', verbs: ['view'], scope: '*', config: '*' },
    };
    const { status, body } = await call(method, path, method === 'POST' ? (bodies[path] ?? {}) : undefined);
    expect([status, body.code]).toEqual([501, 'NOT_SUPPORTED']);
  });

  it('tells a stream of what is saved', async () => {
    const ended = new AbortController();
    const response = await fetch(`${dev.url}/api/v1/tenants/delta/events`, { signal: ended.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let told = '';
    const reading = (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        told += value;
      }
    })().catch(() => undefined);
    await eventually(() => expect(told).toContain('ready'));
    await files.write('tenants/delta/limits.yaml', 'seats: 9\n');
    await eventually(() => expect(told).toContain('"limits"'));
    ended.abort();
    await reading;
  });

  it('answers health and metrics, and is closed for good', async () => {
    const [live, fresh, metrics] = await Promise.all(
      ['/live', '/fresh', '/metrics'].map(path => fetch(dev.url + path)),
    );
    expect([live?.status, fresh?.status, metrics?.status]).toEqual([200, 200, 200]);
    expect(await metrics?.text()).toContain('tenantry_');
    await dev.close();
    await dev.close();
    await expect(fetch(dev.url)).rejects.toThrow();
  });
});
