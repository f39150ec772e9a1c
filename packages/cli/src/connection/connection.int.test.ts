import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates, startFaultProxy } from '@tenantry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mode } from '../../../admin/src/admin.fixture.ts';
import { lab, startTenantry, TOKENS, tenantry, useCliLab } from '../cli.fixture.ts';
import { startWriteProxy } from '../write-proxy.fixture.ts';

useCliLab();

describe('rights', () => {
  // C6
  it('that are missing are named with verb and scope, and the token is never printed', async () => {
    await lab.give({ who: 'user:ann', verbs: ['view'], scope: 'tenants/acme' });
    const refused = await tenantry(['set', 'acme', 'mode', '"on"', '--debug'], { token: TOKENS.ann });
    expect(refused.code).toBe(3);
    expect(refused.err).toMatch(/tenantry: FORBIDDEN: .*"edit".*tenants\/acme/);
    const wrong = await tenantry(['me', '--debug', '--json-errors'], { token: 'token-of-nobody-1234567' });
    expect(wrong.code).toBe(3);
    const line = wrong.err.trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      ...{ code: 'NOT_SIGNED_IN', status: 401, exitCode: 3 },
      message: 'The server does not know the token of TENANTRY_TOKEN, or it has ended.',
    });
    const none = await tenantry(['me'], { token: '' });
    expect(none.err).toBe(
      'tenantry: NOT_SIGNED_IN: No token was sent: TENANTRY_TOKEN and TENANTRY_TOKEN_FILE are not set.\n',
    );
    for (const { out, err } of [refused, wrong]) expect(out + err).not.toMatch(/token-of|Bearer/);
    expect(await tenantry(['me', '-o', 'json'], { token: 'two words' })).toMatchObject({ code: 1, out: '' });
  });
});

describe('a list', () => {
  // C9
  it('is printed page by page: the first page before the second one is asked for', async () => {
    const out = { text: '' };
    const atRequest: string[] = [];
    const page = (cursor: string | undefined, names: readonly string[]) =>
      Response.json({ items: names.map(id => ({ id, groups: [] })), ...(cursor && { cursor }) });
    await using proxy = await startWriteProxy(lab.url, {
      answers: path => {
        if (!path.startsWith('/api/v1/tenants?')) return undefined;
        atRequest.push(out.text);
        return path.includes('cursor=two') ? page(undefined, ['c']) : page('two', ['a', 'b']);
      },
    });
    for (const format of ['table', 'json', 'ndjson', 'yaml']) {
      const program = startTenantry(['tenants', 'list', '-o', format], {
        ...{ env: { TENANTRY_URL: proxy.url } },
        onOut: text => {
          out.text += text;
        },
      });
      expect(await program.end).toMatchObject({ code: 0 });
      expect(atRequest[0]).toBe('');
      expect(atRequest[1], format).toMatch(/a[\s\S]*b/);
      expect(atRequest[1]).not.toMatch(/\bc\b/);
      atRequest.length = 0;
      out.text = '';
    }
  });

  it('ends where enough was printed', async () => {
    for (const tenant of ['l1', 'l2', 'l3']) await lab.store.tenant(tenant).set(mode, 'on');
    expect(
      (await tenantry(['tenants', 'list', '--search', 'l', '--limit', '2', '-o', 'ndjson'])).out.trim().split('\n'),
    ).toHaveLength(2);
  });
});

// C10
it('help says what a code means, and what the program ends with', async () => {
  const { code, out } = await tenantry(['help', 'errors', 'conflict']);
  expect(code).toBe(0);
  expect(out).toMatch(/^code +CONFLICT\nexit +3\nhappened .*\nmeans .*\nwhat to do .*Read again/);
  expect(JSON.parse((await tenantry(['help', 'errors', '-o', 'json'])).out).length).toBeGreaterThan(60);
  expect((await tenantry(['help', 'errors', 'NOPE'])).code).toBe(1);
  expect((await tenantry(['help', 'groups', 'set'])).out).toMatch(/^Usage: tenantry groups set /);
  expect((await tenantry(['help', 'nope'])).err).toContain('There is no command "nope"');
});

describe('a server', () => {
  // C7
  it('that is older says so instead of not finding anything, with the versions', async () => {
    const openapi = { openapi: '3.1.0', info: { version: '0.0.9' }, paths: { '/me': { get: {} } } };
    await using proxy = await startWriteProxy(lab.url, {
      answers: path => {
        if (path === '/api/v1/openapi.json') return Response.json(openapi);
        const problem = { status: 404, code: 'NOT_FOUND', detail: 'There is nothing here.', retryable: false };
        return Response.json(problem, { status: 404 });
      },
    });
    const { code, err } = await tenantry(['state', 'acme'], { env: { TENANTRY_URL: proxy.url } });
    expect([code, err]).toEqual([
      1,
      'tenantry: SERVER_TOO_OLD: The server is of version 0.0.9, and does not have `GET /{scope}/state`: this command needs 0.1.0 or newer.\n',
    ]);
    // One that has the route does not have the thing.
    expect((await tenantry(['groups', 'get', 'nobody'])).err).toMatch(/NOT_FOUND/);
  });

  it('that is none of ours is said to be so, and one that sends elsewhere is not followed', async () => {
    const calls: string[] = [];
    await using other = await startWriteProxy(lab.url, {
      answers: path => {
        calls.push(path);
        return path === '/api/v1/me'
          ? new Response(null, { status: 302, headers: { location: '/elsewhere' } })
          : new Response('<html>', { status: 404 });
      },
    });
    const env = { TENANTRY_URL: other.url };
    expect(await tenantry(['me'], { env })).toMatchObject({ code: 1, err: expect.stringContaining('UNKNOWN_ANSWER') });
    expect(calls).toEqual(['/api/v1/me']);
    const { err } = await tenantry(['state', 'acme'], { env });
    expect(err).toMatch(/UNKNOWN_ANSWER: There is no admin of Tenantry at http.*base path/);
    // With `/api/v1` it is the API's address and not the admin's. No command may say then that a config is not there.
    for (const words of [
      ['list', 'acme'],
      ['get', 'acme', 'mode'],
      ['unset', 'acme', 'mode'],
    ])
      expect(await tenantry(words, { env: { TENANTRY_URL: `${lab.url}/api/v1` } })).toMatchObject({
        ...{ code: 1, err: expect.stringMatching(/UNKNOWN_ANSWER: There is no admin of Tenantry at .*wrong\.\n$/) },
      });
  });

  it('whose list of routes a gateway keeps back still says that something is not there', async () => {
    await using gateway = await startWriteProxy(lab.url, {
      answers: path => (path.endsWith('/openapi.json') ? new Response('<html>', { status: 404 }) : undefined),
    });
    expect(await tenantry(['groups', 'get', 'nobody'], { env: { TENANTRY_URL: gateway.url } })).toMatchObject({
      ...{ code: 1, err: expect.stringContaining('NOT_FOUND') },
    });
  });

  it.each([['{}'], ['[]'], ['null'], [''], ['{"status":"ok","items":5}'], ['<html>']])(
    'that says 200 and is none of ours is not taken for an admin: %j',
    async body => {
      const answers = () => new Response(body, { headers: { 'content-type': 'application/json', etag: '"x"' } });
      await using other = await startWriteProxy(lab.url, { answers, mayWrite: true });
      const env = { TENANTRY_URL: other.url };
      const commands = [
        'me',
        'get acme mode',
        'set acme mode "on"',
        'list acme',
        'watch acme',
        'audit export',
        'doctor',
      ];
      for (const words of commands)
        expect(await tenantry(words.split(' '), { env }), words).toMatchObject({
          ...{ code: 1, out: '' },
          err: expect.stringMatching(/^tenantry: UNKNOWN_ANSWER: /),
        });
      expect(other.requests.filter(each => !each.startsWith('GET'))).toEqual([]);
    },
  );

  it('that cannot be reached got nothing, and one whose certificate nobody knows neither', async () => {
    const give = ['grants', 'give', 'user:x', 'view', 'global'];
    const refused = await tenantry(give, { env: { TENANTRY_URL: 'http://127.0.0.1:1' } });
    expect(refused.err).toMatch(/^tenantry: UNREACHABLE: .*\(ECONNREFUSED\): nothing was sent\.\n$/);
    const { files, remove } = await makeCertificates();
    onTestFinished(remove);
    const calls: unknown[] = [];
    const [key, cert] = await Promise.all([readFile(files.key), readFile(files.cert)]);
    const server = createServer({ key, cert }, request => calls.push(request.headers)).listen(0);
    onTestFinished(() => void server.close());
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const unknown = await tenantry(give, { env: { TENANTRY_URL: url } });
    expect(unknown.err).toMatch(/^tenantry: UNREACHABLE: The certificate .*nothing was sent.*NODE_EXTRA_CA_CERTS/);
    expect(calls).toEqual([]);
  });

  it('that is silent is given up on, and of a write it is said that nobody knows', async () => {
    const { hostname, port } = new URL(lab.url);
    await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    proxy.set('silent');
    const env = { TENANTRY_URL: `http://${proxy.host}:${proxy.port}` };
    const give = await tenantry(['grants', 'give', 'user:x', 'view', 'global', '--timeout', '100'], { env });
    expect(give).toMatchObject({
      code: 1,
      err: expect.stringMatching(/TIMEOUT: .*100 ms\. Whether it was done is not known/),
    });
  });
});
