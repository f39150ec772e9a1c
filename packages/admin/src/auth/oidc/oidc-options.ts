import { TenantryError } from '@tenantry/protocol';
import { checkOptionNames, checkWholeOption, refuseOption } from '@tenantry/protocol/internal';

/** Options of `oidc`. */
export interface OidcOptions {
  /** The identity provider, as its discovery document names it. `https:`, or `http:` on this machine. */
  readonly issuer: string;
  /** The name that the provider knows this server by. */
  readonly clientId: string;
  /** Without it the client is a public one, which proves itself by PKCE alone. */
  readonly clientSecret?: string;
  /**
   * Where browsers find this server: `https://admin.example.com`, with the `basePath` of the admin behind it, where it has one. The provider must
   * allow `<publicUrl>/login/callback`, and `<publicUrl>/` after signing out.
   */
  readonly publicUrl: string;
  /** Encrypts the sessions: at least 32 characters, the same for all servers. A list: the first one encrypts, all of them decrypt. */
  readonly sessionSecret: string | readonly string[];
  /** The claim that names a person in grants and in the audit log. Default `sub`: it is never given to somebody else, as an e-mail address may be. */
  readonly userClaim?: string;
  /** The claim that lists groups. Default `groups`. */
  readonly groupsClaim?: string;
  /** What is asked for. Default `openid profile`. */
  readonly scope?: string;
  /** Who bearer tokens must be for (`aud`). Without it no bearer token of the provider is taken. */
  readonly audience?: string;
  /** After so many hours a browser signs in again, and groups are read again. Default 8. */
  readonly sessionHours?: number;
}

/** The options, checked and complete. */
export interface CheckedOidcOptions
  extends Omit<Required<OidcOptions>, 'clientSecret' | 'audience' | 'sessionSecret' | 'issuer' | 'publicUrl'> {
  readonly issuer: URL;
  readonly publicUrl: URL;
  readonly clientSecret: string | undefined;
  readonly audience: string | undefined;
  readonly sessionSecrets: readonly string[];
  readonly paths: { readonly home: string; readonly login: string; readonly callback: string; readonly logout: string };
}

const NAMES = [
  ...['issuer', 'clientId', 'clientSecret', 'publicUrl', 'sessionSecret', 'userClaim', 'groupsClaim'],
  ...['scope', 'audience', 'sessionHours'],
];
const SHORTEST_SECRET = 32;

export function checkOidcOptions(options: OidcOptions): CheckedOidcOptions {
  checkOptionNames('oidc', options, NAMES);
  const { clientSecret, audience, userClaim = 'sub', groupsClaim = 'groups', scope = 'openid profile' } = options;
  const { clientId, sessionSecret, sessionHours = 8 } = options;
  for (const [name, text] of Object.entries({ clientId, userClaim, groupsClaim, scope }))
    if (typeof text !== 'string' || text === '') refuseOption(name, 'a text', text);
  for (const [name, text] of Object.entries({ clientSecret, audience }))
    if (text !== undefined && (typeof text !== 'string' || text === ''))
      throw notShown(name, 'a text, or to be left out');
  if (!scope.split(' ').includes('openid')) refuseOption('scope', 'to contain `openid`', scope);
  checkWholeOption('sessionHours', sessionHours, 1, 24 * 30);
  const sessionSecrets = typeof sessionSecret === 'string' ? [sessionSecret] : sessionSecret;
  const isLong = (secret: unknown) => typeof secret === 'string' && secret.length >= SHORTEST_SECRET;
  if (!Array.isArray(sessionSecrets) || sessionSecrets.length === 0 || !sessionSecrets.every(isLong))
    throw notShown('sessionSecret', `a text of at least ${SHORTEST_SECRET} characters, or a list of them`);
  const publicUrl = issuerUrl('publicUrl', options.publicUrl);
  const base = publicUrl.pathname.replace(/\/+$/, '');
  const paths = {
    home: `${base}/`,
    login: `${base}/login`,
    callback: `${base}/login/callback`,
    logout: `${base}/logout`,
  };
  return {
    issuer: issuerUrl('issuer', options.issuer),
    ...{ publicUrl, paths },
    ...{ clientId, clientSecret, audience, userClaim, groupsClaim, scope, sessionHours, sessionSecrets },
  };
}

/** A secret is not shown, wrong or right. */
function notShown(name: string, wanted: string): TenantryError {
  return new TenantryError(
    'INVALID_OPTION',
    `The option \`${name}\` must be ${wanted}. What it is now is not shown here.`,
  );
}

/** The address of a provider: `https:`, or `http:` of this machine. `INVALID_OPTION`. */
export function issuerUrl(name: string, text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isOwnName(url.hostname))))
    return refuseOption(name, 'an `https:` URL, or an `http:` one of this machine', text);
  return url;
}

/** Whether a name in a URL is this machine's own. */
function isOwnName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
