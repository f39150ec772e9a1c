import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

/** What the provider says of those who sign in. */
export interface Account {
  readonly accountId: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export const CLIENT = { clientId: 'tenantry', clientSecret: 'a secret of the client, 1234567890' };
export const PUBLIC_URL = 'http://127.0.0.1:4000';

export interface ProviderOptions {
  /** Of the admin. */
  readonly publicUrl?: string;
  /** True: its sign-in page has a button. Default: whoever comes to it is signed in. */
  readonly asks?: boolean;
}

/** A real provider on this machine, which signs people in as `account`. */
export async function startProvider(
  account: { current: Account },
  { publicUrl = PUBLIC_URL, asks = false }: ProviderOptions = {},
) {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const configuration = (key?: object) => ({
    ...(key && { jwks: { keys: [key] } }),
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [`${publicUrl}/login/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
        grant_types: ['authorization_code', 'client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'groups', 'staff_id', 'hasgroups'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['of the provider'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:tenantry',
        getResourceServerInfo: (_ctx: unknown, audience: string) => ({
          scope: 'api',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3_600,
        }),
      },
    },
    extraTokenClaims: () => ({ groups: ['robots'] }),
    findAccount: () => {
      const { accountId, claims } = account.current;
      return { accountId, claims: () => ({ sub: accountId, ...claims }) };
    },
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    async loadExistingGrant(ctx: never) {
      const { oidc } = ctx as {
        oidc: { client: { clientId: string }; session: { accountId: string }; provider: Provider };
      };
      const grant = new (oidc.provider as never as { Grant: GrantClass }).Grant({
        clientId: oidc.client.clientId,
        accountId: oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  let provider = new Provider(issuer, configuration() as never);
  let answer = provider.callback();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/interaction/')) return answer(request, response);
    if (asks && request.method === 'GET') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end('<!doctype html><title>Sign in</title><form method="post"><button>Sign in</button></form>');
    }
    const { accountId } = account.current;
    provider.interactionFinished(request, response, { login: { accountId } }, { mergeWithLastSubmission: false });
  });
  return {
    issuer,
    /** From now on it signs with a new key, and says nothing of those before. Nor does it know any of its own sessions. */
    async rotate() {
      const { privateKey } = await generateKeyPair('RS256', { extractable: true });
      const key = { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' };
      provider = new Provider(issuer, configuration(key) as never);
      answer = provider.callback();
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** An access token of a program, as the provider signs it. */
export async function tokenOf(issuer: string, parameters: Record<string, string> = {}): Promise<string> {
  const body = new URLSearchParams({
    ...{ grant_type: 'client_credentials', scope: 'api', resource: 'urn:tenantry' },
    ...{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, ...parameters },
  });
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

interface GrantClass {
  new (of: { clientId: string; accountId: string }): { addOIDCScope(scope: string): void; save(): Promise<string> };
}

/** Follows redirects as a browser does, with its cookies, up to an address that begins so. */
export async function follow(start: string, until: string, cookies = new Map<string, string>()): Promise<string> {
  let url = start;
  for (let steps = 0; steps < 20 && !url.startsWith(until); steps++) {
    const header = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: header } });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${response.status} at ${url}: ${(await response.text()).slice(0, 300)}`);
    url = new URL(location, url).href;
  }
  return url;
}
