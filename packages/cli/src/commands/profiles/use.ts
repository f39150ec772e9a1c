import { changeProfiles } from '../../connection/change-profiles.ts';
import { profileNamed, profilesPath } from '../../connection/profiles.ts';
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
    let url = '';
    await changeProfiles(path, io.signal, all => {
      url = profileNamed(name, all, path).profile.url;
      return { ...all, current: name };
    });
    await out.one({ name, url, current: true }, `profile ${name}: ${url}`);
    return undefined;
  },
});
