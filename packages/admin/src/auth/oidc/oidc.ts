import type { Principal } from '@tenantry/admin-api';
import * as openid from 'openid-client';
import { Refused } from '../../http/refused.ts';
import type { Auth } from '../auth.ts';
import { localPath } from './local-path.ts';
import { type CheckedOidcOptions, checkOidcOptions, type OidcOptions } from './oidc-options.ts';
import { MISSES, principalOf } from './principal-of.ts';
import { SealedCookie } from './sealed-cookie.ts';
import { TOLERANCE_SECONDS, TokenCheck } from './token-check.ts';
import { unavailable } from './unavailable.ts';

const LOGIN_SECONDS = 600;
/**
 * Several may be under way in one browser, which opens all the tabs of yesterday at once. But all their cookies go with every request, and a server that
 * takes 16 kB of headers must have room for those of a session beside them.
 */
const MOST_LOGIN_BYTES = 3_000;

/**
 * Signs people in with an OpenID Connect provider: browsers by the authorization code flow with PKCE, programs by its access tokens (`audience`).
 * Sessions are encrypted cookies, so every server with the same `sessionSecret` knows them, and none has to keep them: one that is stolen is good
 * until it ends. Rights are not in it, they are looked up at each call. `INVALID_OPTION`. The provider is asked first when somebody signs in.
 */
export function oidc(options: OidcOptions): Auth {
  const checked = checkOidcOptions(options);
  const provider = new Provider(checked);
  const isSecure = checked.publicUrl.protocol === 'https:';
  const cookie = (name: string, seconds: number) =>
    new SealedCookie({ name, seconds, isSecure, secrets: checked.sessionSecrets });
  const session = cookie('tenantry-session', checked.sessionHours * 3_600);
  const login = cookie('tenantry-login', LOGIN_SECONDS);

  const auth = async (request: Request): Promise<Principal | undefined> => {
    const bearer = /^bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (bearer !== undefined) return provider.principalOfToken(bearer);
    const claims = await session.read(request);
    return claims && principalOf(claims, { userClaim: 'id', groupsClaim: 'groups' });
  };
  const respond = signIn(checked, provider, session, login);
  return Object.assign(auth, { respond, login: checked.paths.login, logout: checked.paths.logout });
}

/** The provider, found when it is first needed. */
class Provider {
  readonly #options: CheckedOidcOptions;
  readonly #tokens: TokenCheck | undefined;
  #found: Promise<openid.Configuration> | undefined;

  constructor(options: CheckedOidcOptions) {
    this.#options = options;
    const { audience } = options;
    this.#tokens =
      audience === undefined ? undefined : new TokenCheck(async () => (await this.found()).serverMetadata(), audience);
  }

  /** `UNAVAILABLE` while it cannot be reached: the next one asks again. */
  async found(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    const isLocal = issuer.protocol === 'http:';
    this.#found ??= openid.discovery(
      issuer,
      clientId,
      undefined,
      clientSecret === undefined ? openid.None() : openid.ClientSecretPost(clientSecret),
      isLocal ? { execute: [openid.allowInsecureRequests] } : {},
    );
    try {
      return await this.#found;
    } catch (error) {
      this.#found = undefined;
      throw unavailable(error);
    }
  }

  /** Undefined for a token that is not the provider's, not for us, or over. */
  async principalOfToken(token: string): Promise<Principal | undefined> {
    const payload = await this.#tokens?.payloadOf(token);
    return payload && principalOf(payload, this.#options, TOLERANCE_SECONDS);
  }
}

/** The browser's way in and out: `/login?to=<path>`, `/login/callback` and `/logout`. Each answers with a redirect, or says why not. */
function signIn(
  options: CheckedOidcOptions,
  provider: Provider,
  session: SealedCookie,
  login: SealedCookie,
): NonNullable<Auth['respond']> {
  const { scope, clientId, paths, publicUrl } = options;
  const here = (path: string) => new URL(path, publicUrl).href;

  async function begin(request: Request): Promise<Response> {
    const found = await provider.found();
    const state = openid.randomState();
    const nonce = openid.randomNonce();
    const verifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(found, {
      ...{ redirect_uri: here(paths.callback), scope, state, nonce },
      ...{ code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    });
    const to = localPath(new URL(request.url).searchParams.get('to'), paths.home);
    const cookies = (await login.set({ state, nonce, verifier, to }, loginOf(state))) ?? [];
    const oldest = login.beyond(request, MOST_LOGIN_BYTES - cookies.join('').length);
    return redirect(url.href, ...cookies, ...oldest.flatMap(of => login.clear(request, of)));
  }

  async function end(request: Request): Promise<Response> {
    const of = loginOf(new URL(request.url).searchParams.get('state') ?? '');
    const done = login.clear(request, of);
    const refuse = (why: string) => refusal(done, paths.login, why);
    const { state, nonce, verifier, to } = (await login.read(request, of)) ?? {};
    if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string')
      return refuse('This sign-in was not begun in this browser, or it took more than ten minutes.');
    // What the provider called, seen from outside: a proxy may have changed host and scheme.
    const called = new URL(here(paths.callback));
    called.search = new URL(request.url).search;
    const found = await provider.found();
    let claims: openid.IDToken | undefined;
    try {
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true };
      claims = (await openid.authorizationCodeGrant(found, called, checks)).claims();
    } catch (error) {
      if (isAway(error)) throw unavailable(error);
      return refuse('The identity provider did not confirm the sign-in.');
    }
    const principal = claims && principalOf(claims, options);
    if (!principal) return refuse(`The identity provider did not say \`${options.userClaim}\` of you.`);
    const cookies = await session.set(sessionOf(principal));
    // A browser would drop it, and be sent here again and again.
    if (!cookies)
      return refuse(`The identity provider says too much in \`${options.groupsClaim}\`: ask it for fewer groups.`);
    return redirect(localPath(to, paths.home), ...cookies, ...done);
  }

  async function leave(request: Request): Promise<Response> {
    // Another site's link would sign people out.
    if (request.headers.get('sec-fetch-site') === 'cross-site')
      throw new Refused(403, 'CROSS_SITE', 'Signing out must come from the page itself.');
    const found = await provider.found().catch(() => undefined);
    const out = found?.serverMetadata().end_session_endpoint;
    const parameters = { post_logout_redirect_uri: here(paths.home), client_id: clientId };
    const to = found && out !== undefined ? openid.buildEndSessionUrl(found, parameters).href : paths.home;
    return redirect(to, ...session.clear(request));
  }

  const answers = new Map([
    [paths.login, begin],
    [paths.callback, end],
    [paths.logout, leave],
  ]);
  return async request => {
    const answer = answers.get(new URL(request.url).pathname);
    return answer === undefined || request.method !== 'GET' ? undefined : answer(request);
  };
}

function sessionOf({ id, groups, name, missesGroups }: Principal) {
  return { id, groups: [...groups], ...(name !== undefined && { name }), ...(missesGroups && { [MISSES]: true }) };
}

function redirect(location: string, ...cookies: string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 302, headers });
}

function refusal(cookies: readonly string[], path: string, why: string): Response {
  const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return new Response(`${why}\nSign in again: ${path}\n`, { status: 403, headers });
}

/** Each sign-in has a cookie of its own: another tab may be signing in at the same time. */
function loginOf(state: string): string {
  return state.replaceAll(/[^\w-]/g, '').slice(0, 8);
}

/** Whether the provider could not be reached, and did not refuse. */
function isAway(error: unknown): boolean {
  return (
    !(error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError) &&
    error instanceof TypeError
  );
}
