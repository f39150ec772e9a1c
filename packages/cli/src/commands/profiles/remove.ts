import { profilesPath, readProfiles, writeProfiles } from '../../connection/profiles.ts';
import { Failure } from '../../failures/failure.ts';
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
    const { current, profiles } = await readProfiles(path);
    const { [name]: gone, ...rest } = profiles;
    if (!gone) throw new Failure('NOT_CONFIGURED', `There is no profile "${name}" in ${path}.`);
    await writeProfiles(path, { ...(current !== name && { current }), profiles: rest });
    await out.one({ name, removed: true }, `profile ${name}: removed`);
    return undefined;
  },
});
