import { profilesPath, readProfiles, writeProfiles } from '../../connection/profiles.ts';
import { Failure } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';

/** `logout` */
export const logout = defineCommand({
  details: ['Forgets the token of the profile. The token itself stays good: whoever gave it can take it back.'],
  args: {},
  options: {},
  routes: [],
  examples: ['tenantry logout --profile prod'],
  async run({ global, io, out }) {
    const path = profilesPath(io.env);
    const all = await readProfiles(path);
    const name = global.profile ?? all.current;
    const profile = name !== undefined && Object.hasOwn(all.profiles, name) ? all.profiles[name] : undefined;
    if (name === undefined || !profile) throw new Failure('NOT_CONFIGURED', 'There is no such profile.');
    await writeProfiles(path, { ...all, profiles: { ...all.profiles, [name]: { url: profile.url } } });
    await out.one({ profile: name, url: profile.url }, `${name}: the token is forgotten`);
    return undefined;
  },
});
