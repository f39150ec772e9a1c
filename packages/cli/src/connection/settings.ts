import { Failure } from '../failures/failure.ts';
import {
  type NamedProfile,
  type Profile,
  profileNamed,
  profilesPath,
  readProfiles,
  readTokenFile,
} from './profiles.ts';

/** What the command line says of the connection. */
export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
}

/** Which server, with which token. */
export interface Settings {
  readonly url: string;
  readonly token: string | undefined;
  /** Where the token came from, or why there is none: for people, where the server knows nobody by it. */
  readonly tokenNote: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Which server, and with which token. The address is the option's, else that of the environment, else that of the profile. The token is that of
 * the environment, else that of the profile: but a profile's token goes to the profile's server alone. `NOT_CONFIGURED`, `INVALID_OPTION`.
 */
export async function settingsOf({ url: asked, profile: name }: ConnectionOptions, env: Env): Promise<Settings> {
  const given = asked ?? (name === undefined ? env.TENANTRY_URL || undefined : undefined);
  const ofEnv = await tokenOfEnv(env);
  const named = name ?? (env.TENANTRY_PROFILE || undefined);
  // Where the address and the token are given the file is not read: a container may have a home that its user cannot read.
  const isSaid = given !== undefined && ofEnv !== undefined && named === undefined;
  const found = isSaid ? undefined : await profileOf(named, env, given !== undefined);
  const address = given ?? found?.profile.url;
  if (address === undefined)
    throw new Failure(
      'NOT_CONFIGURED',
      'Which server? Set TENANTRY_URL, name one with --url, or make a profile: tenantry profile add NAME --url URL',
    );
  const url = checkedUrl(address);
  const ofProfile = found && checkedUrl(found.profile.url) === url ? found : undefined;
  const token = ofEnv ?? (await tokenOfProfile(ofProfile?.profile));
  if (token === '')
    throw new Failure('INVALID_OPTION', 'The token is empty: its file or its variable has nothing but blanks.');
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new Failure(
      'INVALID_OPTION',
      'The token has a character that no token has, a blank or a line break perhaps.',
    );
  return { url, token, tokenNote: noteOf(env, ofEnv, token, found) };
}

/** What to say where the server knows nobody by the token. */
function noteOf(
  env: Env,
  ofEnv: string | undefined,
  token: string | undefined,
  found: NamedProfile | undefined,
): string {
  if (ofEnv !== undefined)
    return `The server does not know the token of ${TOKEN_VARIABLES.find(name => env[name])}, or it has ended.`;
  if (found === undefined) return 'No token was sent: TENANTRY_TOKEN and TENANTRY_TOKEN_FILE are not set.';
  const { name, profile } = found;
  if (token !== undefined) return `The server does not know the token of the profile ${name}, or it has ended.`;
  if (profile.token === undefined && profile.tokenFile === undefined)
    return `No token was sent: the profile ${name} has none.`;
  return `No token was sent: that of the profile ${name} is for ${profile.url} alone.`;
}

/** The first one that is set counts. */
const TOKEN_VARIABLES = ['TENANTRY_TOKEN', 'TENANTRY_ID_TOKEN', 'TENANTRY_TOKEN_FILE', 'TENANTRY_ID_TOKEN_FILE'];

async function profileOf(name: string | undefined, env: Env, isOptional: boolean): Promise<NamedProfile | undefined> {
  const path = profilesPath(env);
  const all = await readProfiles(path);
  const wanted = name ?? all.current;
  const isThere = wanted !== undefined && Object.hasOwn(all.profiles, wanted);
  if (wanted === undefined || (!isThere && isOptional && name === undefined)) return undefined;
  return profileNamed(wanted, all, path);
}

async function tokenOfEnv(env: Env): Promise<string | undefined> {
  const token = env.TENANTRY_TOKEN || env.TENANTRY_ID_TOKEN;
  if (token) return token.trim();
  const file = env.TENANTRY_TOKEN_FILE || env.TENANTRY_ID_TOKEN_FILE;
  return file ? readTokenFile(file) : undefined;
}

async function tokenOfProfile(profile: Profile | undefined): Promise<string | undefined> {
  if (profile?.token !== undefined) return profile.token;
  return profile?.tokenFile === undefined ? undefined : readTokenFile(profile.tokenFile);
}

/** Without a slash at its end. `INVALID_OPTION`, which does not show an address that has a password in it. */
export function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.username || url?.password)
    throw new Failure('INVALID_OPTION', 'The address has a user or a password in it: put a token into TENANTRY_TOKEN.');
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new Failure('INVALID_OPTION', `${JSON.stringify(text)} is no address such as https://admin.example.com.`);
  return (url.origin + url.pathname).replace(/\/+$/, '');
}
