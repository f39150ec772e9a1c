import { changeProfiles } from '../../connection/change-profiles.ts';
import { profileNamed, profilesPath } from '../../connection/profiles.ts';
import { defineCommand } from '../../program/define-command.ts';
import { required } from '../../program/options.ts';

/** `profile remove NAME` */
export const remove = defineCommand({
  args: { name: required('its name', 'profile') },
  options: {},
  routes: [],
  examples: ['tenantry profile remove staging'],
  async run({ args: { name }, io, out }) {
    const path = profilesPath(io.env);
    await changeProfiles(path, io.signal, all => {
      profileNamed(name, all, path);
      const { current, profiles } = all;
      const { [name]: _gone, ...rest } = profiles;
      return { ...(current !== name && { current }), profiles: rest };
    });
    await out.one({ name, removed: true }, `profile ${name}: removed`);
    return undefined;
  },
});
