import { TenantryError } from '@tenantry/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Auth } from '../auth.ts';
import { oidc } from './oidc.ts';
import type { OidcOptions } from './oidc-options.ts';
import { type Account, CLIENT, follow, PUBLIC_URL, startProvider, tokenOf } from './provider.fixture.ts';

const account: { current: Account } = {
  current: { accountId: 'ann', claims: { name: 'Ann', groups: ['ops'], staff_id: 'S1' } },
};
let provider: Awaited<ReturnType<typeof startProvider>>;
beforeAll(async () => {
  provider = await startProvider(account);
});
afterAll(() => provider.close());

const SECRET = 'the secret of sessions, of this test only';

function open(options: Partial<OidcOptions> = {}): Auth {
  return oidc({ issuer: provider.issuer, ...CLIENT, publicUrl: PUBLIC_URL, sessionSecret: SECRET, ...options });
}

/** What it answers on one of its own paths. */
async function answer(auth: Auth, path: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await auth.respond?.(asked(path, headers), {});
  if (!response) throw new Error(`${path} is no path of it`);
  return response;
}

/** Those that it sets whose name begins so, as a browser sends them. */
const cookieOf = (response: Response, name: string) =>
  response.headers
    .getSetCookie()
    .filter(cookie => cookie.startsWith(name) && !/Max-Age=0/.test(cookie))
    .map(cookie => cookie.split(';')[0])
    .join('; ');

/** As a browser does. */
function keep(cookies: Map<string, string>, response: Response): void {
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/Max-Age=0/.test(cookie)) cookies.delete(name);
    else cookies.set(name, value);
  }
}

const sent = (cookies: ReadonlyMap<string, string>) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

const asked = (path: string, headers: Record<string, string> = {}) => new Request(`http://inside${path}`, { headers });

/** Begins, goes through the provider, and comes back. */
async function signIn(auth: Auth, to = '/tenants/acme') {
  const begun = await answer(auth, `/login?to=${encodeURIComponent(to)}`);
  const back = new URL(await follow(begun.headers.get('location') ?? '', PUBLIC_URL));
  const cookie = cookieOf(begun, 'tenantry-login');
  const done = await answer(auth, back.pathname + back.search, { cookie });
  return { begun, back, cookie, done, session: cookieOf(done, 'tenantry-session') };
}

describe('a browser', () => {
  it('signs in with the provider, is known from then on, and goes where it wanted', async () => {
    const auth = open();
    const begun = Date.now();
    const { done, session } = await signIn(auth);
    const ended = Date.now();
    expect([done.status, done.headers.get('location')]).toEqual([302, '/tenants/acme']);
    const { until, ...ann } = (await auth(asked('/api/v1/me', { cookie: session }), {})) ?? {};
    expect(ann).toEqual({ id: 'ann', groups: ['ops'], name: 'Ann' });
    const hours = 8 * 3_600_000;
    // As its cookie, which has whole seconds.
    expect(until).toBeGreaterThan(begun + hours - 1_000);
    expect(until).toBeLessThanOrEqual(ended + hours);
    expect(await auth(asked('/api/v1/me'), {})).toBeUndefined();
  });

  it('is known by the claim that was chosen, also to another server with the same secret', async () => {
    const { session } = await signIn(open({ userClaim: 'staff_id' }));
    const other = open({ userClaim: 'staff_id', sessionSecret: ['a newer secret, which is as long as this', SECRET] });
    expect((await other(asked('/', { cookie: session }), {}))?.id).toBe('S1');
    const stranger = open({ sessionSecret: 'another secret of sessions, of nobody here' });
    expect(await stranger(asked('/', { cookie: session }), {})).toBeUndefined();
  });

  it('keeps nothing readable, and nothing for scripts or other sites', async () => {
    const { done, session } = await signIn(open());
    const [header = ''] = done.headers.getSetCookie();
    expect(header).toMatch(/; HttpOnly; SameSite=Lax$/);
    for (const part of session.split('.')) expect(Buffer.from(part, 'base64url').toString()).not.toMatch(/ann|ops/i);
    const secure = open({ publicUrl: 'https://admin.example.com' });
    const [cookie = ''] = (await answer(secure, '/login')).headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-tenantry-login-[\w-]{8}=.*; Path=\/; .*; Secure$/);
  });

  it('is refused with a state, a nonce or a verifier of another sign-in, and twice with the same code', async () => {
    const auth = open();
    const one = await signIn(auth);
    const other = await answer(auth, '/login');
    const path = one.back.pathname + one.back.search;
    const name = one.cookie.split('=')[0];
    const cookie = cookieOf(other, 'tenantry-login').replace(/^[^=]+/, String(name));
    const mixed = await answer(auth, path, { cookie });
    const again = await answer(auth, path, { cookie: one.cookie });
    const without = await answer(auth, path);
    for (const refused of [mixed, again, without]) {
      expect(refused.status).toBe(403);
      expect(cookieOf(refused, 'tenantry-session')).toBe('');
    }
  });

  it('signs in in several tabs at once, each of which goes where it wanted', async () => {
    const auth = open();
    const tabs = ['/tenants/a', '/tenants/b', '/tenants/c'];
    const begun = await Promise.all(tabs.map(to => answer(auth, `/login?to=${encodeURIComponent(to)}`)));
    const cookies = new Map<string, string>();
    for (const each of begun) keep(cookies, each);
    const places: (string | null)[] = [];
    for (const each of begun) {
      const back = new URL(await follow(each.headers.get('location') ?? '', PUBLIC_URL));
      const done = await answer(auth, back.pathname + back.search, { cookie: sent(cookies) });
      places.push(done.headers.get('location'));
      keep(cookies, done);
    }
    expect(places).toEqual(tabs);
    expect([...cookies.keys()]).toEqual(['tenantry-session']);
  });

  it.each([1, 250])(
    'keeps only a few cookies of sign-ins that nobody ended, also of addresses as long as %i',
    async long => {
      const auth = open();
      const cookies = new Map<string, string>();
      const begin = (i: number) => answer(auth, `/login?to=/${'x'.repeat(long + i)}`, { cookie: sent(cookies) });
      for (let i = 0; i < 20; i++) keep(cookies, await begin(i));
      expect(cookies.size).toBeGreaterThan(2);
      // A session of 11 kB has its place beside them: servers take 16 kB of headers.
      expect(sent(cookies).length).toBeLessThan(3_000);
    },
  );

  it('comes home from an address that no cookie has room for', async () => {
    const { done } = await signIn(open(), `/tenants/${'ä'.repeat(1_900)}`);
    expect([done.status, done.headers.get('location')]).toEqual([302, '/']);
  });

  it('is known with more groups than one cookie can say, and with fewer after that; with too many it is told', async () => {
    const auth = open();
    const { current } = account;
    const groupsOf = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());
    const cookies = new Map<string, string>();
    try {
      for (const count of [180, 90, 3]) {
        const groups = groupsOf(count);
        account.current = { ...current, claims: { ...current.claims, groups } };
        const { done } = await signIn(auth);
        for (const cookie of done.headers.getSetCookie()) expect(cookie.length).toBeLessThan(4_096);
        keep(cookies, done);
        expect((await auth(asked('/', { cookie: sent(cookies) }), {}))?.groups).toEqual(groups);
      }
      const out = await answer(auth, '/logout', { cookie: sent(cookies) });
      keep(cookies, out);
      expect(cookies.size).toBe(0);
      account.current = { ...current, claims: { ...current.claims, groups: groupsOf(150).map(id => id.repeat(3)) } };
      const { done } = await signIn(auth);
      expect([done.status, await done.text()]).toEqual([403, expect.stringContaining('fewer groups')]);
      // The provider says that it left some out.
      account.current = { ...current, claims: { hasgroups: true } };
      const { session } = await signIn(auth);
      expect(await auth(asked('/', { cookie: session }), {})).toMatchObject({ groups: [], missesGroups: true });
    } finally {
      account.current = current;
    }
  });

  it('cannot use the cookie of a sign-in as that of a session', async () => {
    const auth = open();
    const begun = await answer(auth, '/login');
    const cookie = cookieOf(begun, 'tenantry-login').replace(/^[^=]+/, 'tenantry-session');
    expect(await auth(asked('/', { cookie }), {})).toBeUndefined();
  });

  it('finds its paths below that of the admin', async () => {
    const auth = open({ publicUrl: `${PUBLIC_URL}/admin` });
    expect([auth.login, auth.logout]).toEqual(['/admin/login', '/admin/logout']);
    const location = (await answer(auth, '/admin/login')).headers.get('location') ?? '';
    expect(new URL(location).searchParams.get('redirect_uri')).toBe(`${PUBLIC_URL}/admin/login/callback`);
    expect(await auth.respond?.(asked('/login'), {})).toBeUndefined();
    expect(await auth.respond?.(asked('/api/v1/me'), {})).toBeUndefined();
  });

  it('signs out here and at the provider, and not by a link of another site', async () => {
    const crossing = answer(open(), '/logout', { 'sec-fetch-site': 'cross-site' });
    await expect(crossing).rejects.toMatchObject({ code: 'CROSS_SITE' });
    const out = await answer(open(), '/logout');
    expect(out.headers.get('location')).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`));
    expect(out.headers.getSetCookie()).toEqual([expect.stringMatching(/^tenantry-session=; .*Max-Age=0/)]);
  });
});

describe('a program', () => {
  const bearer = (token: string) => asked('/', { authorization: `Bearer ${token}` });

  it('is known by a token of the provider that is for this server', async () => {
    const auth = open({ audience: 'urn:tenantry' });
    expect(await auth(bearer(await tokenOf(provider.issuer)), {})).toMatchObject({
      id: 'tenantry',
      groups: ['robots'],
    });
  });

  it('is nobody with a token for another server, with a changed one, or where no audience is configured', async () => {
    const token = await tokenOf(provider.issuer);
    const [head, body = '', signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
    const auth = open({ audience: 'urn:tenantry' });
    expect(await open()(bearer(token), {})).toBeUndefined();
    expect(await open({ audience: 'urn:other' })(bearer(token), {})).toBeUndefined();
    expect(await auth(bearer(await tokenOf(provider.issuer, { resource: 'urn:other' })), {})).toBeUndefined();
    for (const wrong of [[head, forged, signature].join('.'), `${head}.${body}.`, 'x', 'a.b.c'])
      expect(await auth(bearer(wrong), {})).toBeUndefined();
  });

  it('waits for nobody while the provider is away: it may come again', async () => {
    const away = await startProvider(account);
    const auth = open({ issuer: away.issuer, audience: 'urn:tenantry' });
    await away.close();
    await expect(auth(bearer('a.b.c'), {})).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await expect(answer(auth, '/login')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

it('takes no option that would be unsafe, and shows no secret', () => {
  const wrong: Partial<Record<keyof OidcOptions, unknown>>[] = [
    ...[{ issuer: 'http://idp.example' }, { issuer: 'x' }, { publicUrl: 'http://admin.example' }, { clientId: '' }],
    ...[{ sessionSecret: 'short' }, { sessionSecret: [] }, { clientSecret: 5 }, { sessionHours: 0 }],
    ...[{ scope: 'profile' }, { audience: '' }, { other: 1 } as never],
  ];
  for (const options of wrong) {
    const attempt = () => open(options as Partial<OidcOptions>);
    expect(attempt).toThrow(TenantryError);
    expect(attempt).not.toThrow(/short|a secret of the client/);
  }
});
