import {
  type NamedProfile,
  type Profiles,
  profileNamed,
  profilesPath,
  readProfiles,
} from '../../connection/profiles.ts';
import { Failure, wrongUse } from '../../failures/failure.ts';
import type { Invocation } from '../../program/invocation.ts';

/** The profile that a token is kept for, and the file that it is in. */
export interface ProfileMeant extends NamedProfile {
  readonly path: string | undefined;
}

/** The one of `--profile`, else of `TENANTRY_PROFILE`, else the current one: as every other command takes it. `NOT_CONFIGURED`, `INVALID_OPTION`. */
export async function profileMeant({
  global,
  io,
}: Pick<Invocation<unknown, unknown>, 'global' | 'io'>): Promise<ProfileMeant> {
  if (global.url !== undefined)
    throw wrongUse('A token is kept for a profile, which has an address: name it with --profile, and leave --url out.');
  const path = profilesPath(io.env);
  const all = await readProfiles(path);
  const name = global.profile ?? (io.env.TENANTRY_PROFILE || undefined) ?? all.current;
  if (name === undefined)
    throw new Failure('NOT_CONFIGURED', 'There is no current profile: tenantry profile add NAME --url URL');
  return { path, ...profileNamed(name, all, path) };
}

/**
 * The profiles with another token for this one. `NOT_CONFIGURED` where somebody has removed it meanwhile, `CONFLICT` where somebody has given it
 * another address: the token is for the one before.
 */
export function withProfile(all: Profiles, path: string | undefined, { name, profile }: NamedProfile): Profiles {
  const present = profileNamed(name, all, path).profile;
  if (present.url !== profile.url)
    throw new Failure(
      'CONFLICT',
      `Meanwhile the profile ${name} got another address, ${present.url}. It stays as it is: call it again.`,
    );
  return { ...all, profiles: { ...all.profiles, [name]: profile } };
}
