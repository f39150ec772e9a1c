import { expect, it, onTestFinished, vi } from 'vitest';
import { oidc } from './oidc.ts';
import { type Account, CLIENT, follow, PUBLIC_URL, startProvider, tokenOf } from './provider.fixture.ts';

const account: { current: Account } = { current: { accountId: 'ann', claims: { groups: ['ops'] } } };
const asked = (path: string, headers: Record<string, string> = {}) => new Request(`http://inside${path}`, { headers });

it('keys that the provider rotates end no session and keep nobody out; those that it withdrew end with the next look at them', async () => {
  const provider = await startProvider(account);
  onTestFinished(() => provider.close());
  const auth = oidc({
    ...{ issuer: provider.issuer, ...CLIENT, publicUrl: PUBLIC_URL, audience: 'urn:tenantry' },
    sessionSecret: 'the secret of sessions, of this test only',
  });
  const idOf = async (headers: Record<string, string>) => (await auth(asked('/', headers), {}))?.id;
  const bearer = (token: string) => idOf({ authorization: `Bearer ${token}` });
  const begin = async () => {
    const begun = await auth.respond?.(asked('/login?to=/'), {});
    const cookie = begun?.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    return { location: begun?.headers.get('location') ?? '', cookie };
  };
  const end = async ({ location, cookie }: { location: string; cookie: string }) => {
    const back = new URL(await follow(location, PUBLIC_URL));
    const done = await auth.respond?.(asked(back.pathname + back.search, { cookie }), {});
    return { cookie: done?.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  };
  const session = await end(await begin());
  const before = await tokenOf(provider.issuer);
  expect([await idOf(session), await bearer(before)]).toEqual(['ann', 'tenantry']);

  const underWay = await begin();
  await provider.rotate();
  expect(await idOf(session)).toBe('ann');
  expect(await idOf(await end(underWay))).toBe('ann');
  expect(await idOf(await end(await begin()))).toBe('ann');
  const after = await tokenOf(provider.issuer);
  expect(await bearer(before)).toBe('tenantry');
  // The keys were read just now: nobody can have them read again and again with tokens that name keys of nowhere.
  expect(await bearer(after)).toBeUndefined();

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_001 });
  onTestFinished(() => void vi.useRealTimers());
  expect(await bearer(after)).toBe('tenantry');
  expect(await bearer(before)).toBeUndefined();
  expect(await idOf(session)).toBe('ann');
  await provider.rotate();
  // What nobody asked for is looked at again after ten minutes.
  vi.setSystemTime(Date.now() + 600_001);
  const newest = await tokenOf(provider.issuer);
  expect([await bearer(newest), await bearer(after)]).toEqual(['tenantry', undefined]);
});

it('a key that the provider withdrew counts for a minute, also where nobody asked meanwhile, and for ten where the provider is away', async () => {
  const provider = await startProvider(account);
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await provider.close();
    isClosed = true;
  };
  onTestFinished(close);
  const auth = oidc({
    ...{ issuer: provider.issuer, ...CLIENT, publicUrl: PUBLIC_URL, audience: 'urn:tenantry' },
    sessionSecret: 'the secret of sessions, of this test only',
  });
  const bearer = async (token: string) => (await auth(asked('/', { authorization: `Bearer ${token}` }), {}))?.id;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

  const withdrawn = await tokenOf(provider.issuer);
  expect(await bearer(withdrawn)).toBe('tenantry');
  await provider.rotate();
  pass(59_000);
  expect(await bearer(withdrawn)).toBe('tenantry');
  pass(1_000);
  expect(await bearer(withdrawn)).toBeUndefined();

  const held = await tokenOf(provider.issuer);
  expect(await bearer(held)).toBe('tenantry');
  await close();
  pass(599_000);
  expect(await bearer(held)).toBe('tenantry');
  pass(1_000);
  await expect(bearer(held)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
