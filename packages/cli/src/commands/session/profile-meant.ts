import {
  type NamedProfile,
  type Profiles,
  profileNamed,
  profilesPath,
  readProfiles,
} from '../../connection/profiles.ts';
import { Failure, wrongUse } from '../../failures/failure.ts';
import type { Invocation } from '../../program/invocation.ts';

/** The profile that a token is kept for, and the file of all. */
export interface ProfileMeant extends NamedProfile {
  readonly path: string | undefined;
  readonly all: Profiles;
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
  return { path, all, ...profileNamed(name, all, path) };
}
