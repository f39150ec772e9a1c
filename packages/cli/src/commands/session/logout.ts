import { changeProfiles } from '../../connection/change-profiles.ts';
import { defineCommand } from '../../program/define-command.ts';
import { profileMeant, withProfile } from './profile-meant.ts';

/** `logout` */
export const logout = defineCommand({
  details: [
    'Forgets the token of the profile: the one of --profile, of TENANTRY_PROFILE, or the current one. The token itself stays good: whoever gave it can take it back.',
  ],
  args: {},
  options: {},
  routes: [],
  examples: ['tenantry logout --profile prod'],
  async run({ global, io, out }) {
    const { path, name, profile } = await profileMeant({ global, io });
    await changeProfiles(path, io.signal, all => withProfile(all, path, { name, profile: { url: profile.url } }));
    await out.one({ profile: name, url: profile.url }, `${name}: the token is forgotten`);
    return undefined;
  },
});
