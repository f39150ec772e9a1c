import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Auth, Connection } from './auth.ts';
import { firstOf } from './auth.ts';
import { LOCAL, localCaller } from './local-caller.ts';
import { checkSameSite } from './same-site.ts';
import { staticTokens } from './static-tokens.ts';
import { isLoopback, trustedHeader } from './trusted-header.ts';

const URL_HERE = 'http://localhost/api/v1/me';
const ask = (auth: Auth, headers: Record<string, string>, address?: string, url = URL_HERE) =>
  auth(new Request(url, { headers }), { address } satisfies Connection);
const codeOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a trusted header', () => {
  const auth = trustedHeader({
    header: 'x-user',
    groupsHeader: 'x-groups',
    nameHeader: 'x-name',
    from: ['10.0.0.0/8', '::1'],
  });

  it('says who calls, with groups and a name', () => {
    const headers = { 'x-user': 'ann', 'x-groups': 'ops, dev,,ops', 'x-name': 'Ann' };
    expect(ask(auth, headers, '10.1.2.3')).toEqual({ id: 'ann', groups: ['ops', 'dev'], name: 'Ann' });
    expect(ask(auth, headers, '::ffff:10.1.2.3')).toMatchObject({ id: 'ann' });
    expect(ask(auth, { 'x-user': Buffer.from('rené').toString('latin1') }, '::1')).toEqual({ id: 'rené', groups: [] });
  });

  it('says all groups, as many as headers may be long', () => {
    const groups = Array.from({ length: 500 }, (_, i) => `group-${i}`);
    expect(ask(auth, { 'x-user': 'ann', 'x-groups': groups.join(',') }, '::1')).toMatchObject({ groups });
  });

  it('is not believed from elsewhere, from nowhere, twice, or empty', () => {
    expect(ask(auth, { 'x-user': 'ann' }, '11.0.0.1')).toBeUndefined();
    expect(ask(auth, { 'x-user': 'ann' })).toBeUndefined();
    expect(ask(auth, { 'x-user': 'ann' }, 'nonsense')).toBeUndefined();
    expect(ask(auth, { 'x-user': 'ann, root' }, '::1')).toBeUndefined();
    expect(ask(auth, { 'x-user': ' ' }, '::1')).toBeUndefined();
    expect(ask(auth, {}, '::1')).toBeUndefined();
  });

  it.each([[[]], [['10.0.0.0/33']], [['proxy.local']], [['::1/129']], ['10.0.0.1' as never]])(
    'is not made from %j',
    from => {
      expect(codeOf(() => trustedHeader({ header: 'x-user', from }))).toBe('INVALID_OPTION');
    },
  );
});

describe('static tokens', () => {
  const token = 'a-token-of-some-length-1';
  const sha256 = createHash('sha256').update(token).digest('hex');
  beforeEach(() => {
    process.env.TENANTRY_TEST_TOKEN = 'another-token-of-some-length';
  });
  afterEach(() => {
    delete process.env.TENANTRY_TEST_TOKEN;
  });

  it('know whoever has one, from its hash or from the environment, and nobody else', () => {
    const auth = staticTokens([
      { id: 'ci', groups: ['bots'], sha256 },
      { id: 'ops', env: 'TENANTRY_TEST_TOKEN' },
    ]);
    const by = (authorization: string) => ask(auth, { authorization });
    expect(by(`Bearer ${token}`)).toEqual({ id: 'ci', groups: ['bots'] });
    expect(by('bearer another-token-of-some-length')).toEqual({ id: 'ops', groups: [] });
    for (const other of [`Bearer ${token}x`, `Bearer ${sha256}`, `Basic ${token}`, 'Bearer', token])
      expect(by(other)).toBeUndefined();
    expect(JSON.stringify(auth)).toBeUndefined();
  });

  it.each([
    [[]],
    [[{ id: 'ci' }]],
    [[{ id: 'ci', sha256, env: 'X' }]],
    [[{ id: 'ci', sha256: token }]],
    [[{ id: 'ci', env: 'TENANTRY_TEST_NONE' }]],
    [[{ id: '', sha256 }]],
  ])('are not made from %j, and the error shows no token', tokens => {
    expect(codeOf(() => staticTokens(tokens))).toBe('INVALID_OPTION');
    expect(() => staticTokens(tokens)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(token) }),
    );
  });

  it('stand beside others: the first that knows the caller says who it is', async () => {
    const auth = firstOf(trustedHeader({ header: 'x-user', from: ['::1'] }), staticTokens([{ id: 'ci', sha256 }]));
    expect(await ask(auth, { 'x-user': 'ann', authorization: `Bearer ${token}` }, '::1')).toMatchObject({ id: 'ann' });
    expect(await ask(auth, { 'x-user': 'ann', authorization: `Bearer ${token}` }, '::2')).toMatchObject({ id: 'ci' });
    expect(await ask(auth, {}, '::1')).toBeUndefined();
  });
});

// B26
describe('without `auth`', () => {
  it('this machine is answered', () => {
    for (const url of [URL_HERE, 'http://127.0.0.1:4000/', 'http://[::1]:4000/', 'http://127.9.9.9/'])
      for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
        expect(ask(localCaller, {}, address, url)).toBe(LOCAL);
  });

  it.each<[what: string, url: string, address: string | undefined, headers: Record<string, string>]>([
    ['another address', URL_HERE, '10.0.0.3', {}],
    ['an address that nobody said', URL_HERE, undefined, {}],
    ['another name for this machine', 'http://evil.example/', '127.0.0.1', {}],
    ['a proxy', URL_HERE, '127.0.0.1', { 'x-forwarded-for': '10.0.0.3' }],
    ['a proxy that says only the scheme', URL_HERE, '127.0.0.1', { 'x-forwarded-proto': 'https' }],
    ['a network in front', URL_HERE, '127.0.0.1', { 'cf-connecting-ip': '10.0.0.3' }],
    ['a name that begins alike', 'http://localhost.evil.example/', '127.0.0.1', {}],
  ])('%s is refused, and told how to configure it', (_, url, address, headers) => {
    expect(codeOf(() => ask(localCaller, headers, address, url))).toBe('AUTH_NOT_CONFIGURED');
    expect(() => ask(localCaller, headers, address, url)).toThrow(/staticTokens/);
  });

  it('knows the addresses of this machine', () => {
    expect(['127.0.0.1', '127.255.0.1', '::1', '0:0:0:0:0:0:0:1'].every(isLoopback)).toBe(true);
    expect(['128.0.0.1', '::2', '', 'localhost', '127.0.0.1.evil'].some(isLoopback)).toBe(false);
  });
});

// B25
it.each<[headers: Record<string, string>, isTaken: boolean]>([
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ authorization: 'Bearer x' }, true],
  [{}, false],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site', authorization: 'Bearer x' }, false],
  [{ authorization: 'Basic x' }, false],
  [{ cookie: 'session=x' }, false],
])('a change with %j is taken: %s', (headers, isTaken) => {
  const request = new Request(URL_HERE, { method: 'POST', headers });
  expect(codeOf(() => checkSameSite(request))).toBe(isTaken ? undefined : 'CROSS_SITE');
});
