import { profilesPath, readProfiles } from '../../connection/profiles.ts';
import { defineCommand } from '../../program/define-command.ts';

/** `profile list` */
export const list = defineCommand({
  args: {},
  options: {},
  routes: [],
  examples: ['tenantry profile list'],
  async run({ io, out }) {
    const { current, profiles } = await readProfiles(profilesPath(io.env));
    // Never the token itself.
    const items = Object.entries(profiles).map(([name, { url, token, tokenFile }]) => ({
      ...{ name, url, current: name === current },
      token: token === undefined ? (tokenFile ?? 'none') : 'kept here',
    }));
    await out.list(items.length > 0 ? [items] : [], [
      { title: 'PROFILE', of: ({ name }) => name },
      { title: 'CURRENT', of: each => (each.current ? '*' : undefined) },
      { title: 'URL', of: ({ url }) => url },
      { title: 'TOKEN', of: ({ token }) => token },
    ]);
    return undefined;
  },
});
