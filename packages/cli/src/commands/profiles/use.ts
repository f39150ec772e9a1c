import { profilesPath, readProfiles, writeProfiles } from '../../connection/profiles.ts';
import { Failure } from '../../failures/failure.ts';
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
    const { profiles } = await readProfiles(path);
    const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
    if (!profile) throw new Failure('NOT_CONFIGURED', `There is no profile "${name}" in ${path}.`);
    await writeProfiles(path, { current: name, profiles });
    await out.one({ name, url: profile.url, current: true }, `profile ${name}: ${profile.url}`);
    return undefined;
  },
});
