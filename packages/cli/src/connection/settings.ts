import { Failure } from '../failures/failure.ts';
import { type Profile, profilesPath, readProfiles, readTokenFile } from './profiles.ts';

/** What the command line says of the connection. */
export interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Which server, and with which token. The address is the option's, else that of the environment, else that of the profile. The token is that of
 * the environment, else that of the profile: but a profile's token goes to the profile's server alone. `NOT_CONFIGURED`, `INVALID_OPTION`.
 */
export async function settingsOf(
  { url: asked, profile: name }: ConnectionOptions,
  env: Env,
): Promise<{ readonly url: string; readonly token: string | undefined }> {
  const given = asked ?? (name === undefined ? env.TENANTRY_URL || undefined : undefined);
  const profile = await profileOf(name ?? (env.TENANTRY_PROFILE || undefined), env, given !== undefined);
  const address = given ?? profile?.url;
  if (address === undefined)
    throw new Failure(
      'NOT_CONFIGURED',
      'Which server? Set TENANTRY_URL, name one with --url, or make a profile: tenantry profile add NAME --url URL',
    );
  const url = checkedUrl(address);
  const ofProfile = profile && checkedUrl(profile.url) === url ? profile : undefined;
  const token = (await tokenOfEnv(env)) ?? (await tokenOfProfile(ofProfile));
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new Failure(
      'INVALID_OPTION',
      'The token has a character that no token has, a blank or a line break perhaps.',
    );
  return { url, token };
}

async function profileOf(name: string | undefined, env: Env, isOptional: boolean): Promise<Profile | undefined> {
  const path = profilesPath(env);
  const { current, profiles } = await readProfiles(path);
  const wanted = name ?? current;
  if (wanted === undefined) return undefined;
  const profile = Object.hasOwn(profiles, wanted) ? profiles[wanted] : undefined;
  if (profile || (isOptional && name === undefined)) return profile;
  throw new Failure('NOT_CONFIGURED', `There is no profile "${wanted}" in ${path}: see \`tenantry profile list\`.`);
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
