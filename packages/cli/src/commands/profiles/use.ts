import { profileNamed, profilesPath, readProfiles, writeProfiles } from '../../connection/profiles.ts';
import { defineCommand } from '../../program/define-command.ts';
import { required } from '../../program/options.ts';

/** `profile use NAME` */
export const use = defineCommand({
  details: ['Commands use it where neither --profile, --url, TENANTRY_PROFILE nor TENANTRY_URL says otherwise.'],
  args: { name: required('its name', 'profile') },
  options: {},
  routes: [],
  examples: ['tenantry profile use prod'],
  async run({ args: { name }, io, out }) {
    const path = profilesPath(io.env);
    const all = await readProfiles(path);
    const { profile } = profileNamed(name, all, path);
    await writeProfiles(path, { ...all, current: name });
    await out.one({ name, url: profile.url, current: true }, `profile ${name}: ${profile.url}`);
    return undefined;
  },
});
