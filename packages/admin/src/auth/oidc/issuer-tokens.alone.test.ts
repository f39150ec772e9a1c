import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstOf } from '../auth.ts';
import { staticTokens } from '../static-tokens.ts';
import { type IssuerTokensOptions, issuerTokens } from './issuer-tokens.ts';
import { type Account, CLIENT, startProvider, tokenOf } from './provider.fixture.ts';

const account: { current: Account } = { current: { accountId: 'ann', claims: {} } };
let provider: Awaited<ReturnType<typeof startProvider>>;
beforeAll(async () => {
  provider = await startProvider(account);
});
afterAll(() => provider.close());

const open = (options: Partial<IssuerTokensOptions> = {}) =>
  issuerTokens({
    issuer: provider.issuer,
    audience: 'urn:tenantry',
    claims: { client_id: CLIENT.clientId },
    ...options,
  });
const bearer = (token: string) => new Request('http://inside/', { headers: { authorization: `Bearer ${token}` } });

describe('a job of a CI', () => {
  it('is known by the token of its issuer, with the id and the groups that the server gives it', async () => {
    const token = await tokenOf(provider.issuer);
    expect(await open()(bearer(token), {})).toEqual({
      ...{ id: 'tenantry', groups: [], name: undefined },
      // So long after its end tokens are taken, for clocks that differ.
      until: (Number(decodeJwt(token).exp) + 30) * 1_000,
    });
    const auth = open({
      idPrefix: 'ci:',
      groups: ['deployers'],
      claims: { client_id: ['other', CLIENT.clientId], scope: 'api' },
    });
    // The token names groups of its own, `robots`: nobody believes them.
    expect(await auth(bearer(token), {})).toMatchObject({ id: 'ci:tenantry', groups: ['deployers'] });
  });

  it('is nobody without what a token must say, for another server, with a changed one, or from another issuer', async () => {
    const token = await tokenOf(provider.issuer);
    const [head, body = '', signature] = token.split('.');
    const changed = (claims: object) => {
      const said = JSON.parse(Buffer.from(body, 'base64url').toString());
      return [head, Buffer.from(JSON.stringify({ ...said, ...claims })).toString('base64url'), signature].join('.');
    };
    const nobody = async (auth: ReturnType<typeof open>, text: string) =>
      expect(await auth(bearer(text), {})).toBeUndefined();
    await nobody(open({ claims: { repository: 'acme/app' } }), token);
    await nobody(open({ claims: { client_id: 'other' } }), token);
    await nobody(open({ claims: { toString: 'x' } }), token);
    await nobody(open({ audience: 'urn:other' }), token);
    await nobody(open(), await tokenOf(provider.issuer, { resource: 'urn:other' }));
    for (const text of [changed({ sub: 'root' }), `${head}.${body}.`, 'x', 'a.b.c']) await nobody(open(), text);
    const other = await startProvider(account);
    await nobody(open(), await tokenOf(other.issuer));
    await other.close();
  });

  it('does not stand in the way of other tokens while its issuer is away', async () => {
    const away = await startProvider(account);
    const token = await tokenOf(away.issuer);
    await away.close();
    process.env.TEST_ISSUER_TOKEN = 'a-token-of-somebody-12345';
    const auth = firstOf(open({ issuer: away.issuer }), staticTokens([{ id: 'deploy', env: 'TEST_ISSUER_TOKEN' }]));
    delete process.env.TEST_ISSUER_TOKEN;
    expect(await auth(bearer('a-token-of-somebody-12345'), {})).toMatchObject({ id: 'deploy' });
    await expect(auth(bearer(token), {})).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });
});

it.each<Partial<Record<keyof IssuerTokensOptions | 'secret', unknown>>>([
  { issuer: 'http://ci.example.com' },
  { issuer: 'ci' },
  { audience: '' },
  { claims: undefined },
  { claims: { ref: [] } },
  { claims: { ref: 5 } },
  { userClaim: '' },
  { idPrefix: 5 },
  { groups: 'ops' },
  { secret: 'x' },
])('%j is refused', options => {
  expect(() => open(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
