import { profileNamed, profilesPath, readProfiles, writeProfiles } from '../../connection/profiles.ts';
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
    const all = await readProfiles(path);
    profileNamed(name, all, path);
    const { current, profiles } = all;
    const { [name]: _gone, ...rest } = profiles;
    await writeProfiles(path, { ...(current !== name && { current }), profiles: rest });
    await out.one({ name, removed: true }, `profile ${name}: removed`);
    return undefined;
  },
});
