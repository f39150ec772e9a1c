import { resolve } from 'node:path';
import { changeProfiles } from '../../connection/change-profiles.ts';
import { profilesPath, readProfiles } from '../../connection/profiles.ts';
import { checkedUrl } from '../../connection/settings.ts';
import { wrongUse } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, required, text } from '../../program/options.ts';
import { tokenOf } from '../../values/token.ts';

/** `profile add NAME` */
export const add = defineCommand({
  details: [
    'The file of profiles is readable for you alone. A token is never an argument: it is asked for on a terminal, or read from stdin. With --token-file the profile keeps the name of a file, which is read each time.',
  ],
  args: { name: required('a name for it', 'profile') },
  options: {
    tokenFile: text('a file that has the token', { value: 'FILE', names: 'file' }),
    withoutToken: flag('no token: a server that answers this machine alone, or the token is in TENANTRY_TOKEN'),
  },
  routes: [],
  examples: [
    'tenantry profile add prod --url https://admin.example.com',
    'tenantry profile add ci --url https://admin.example.com --token-file /run/secrets/tenantry',
    'tenantry profile add local --url http://127.0.0.1:4000 --without-token',
  ],
  async run({ args: { name }, options: { tokenFile, withoutToken }, global, io, out }) {
    if (global.url === undefined) throw wrongUse('--url is missing: the address of the admin.');
    if (!/^[\w.@-]{1,64}$/.test(name)) throw wrongUse(`${JSON.stringify(name)} is no name for a profile.`);
    const url = checkedUrl(global.url);
    const path = profilesPath(io.env);
    // Before a token is asked for.
    await readProfiles(path);
    const token = withoutToken || tokenFile !== undefined ? undefined : await tokenOf(io);
    const profile = {
      url,
      ...(token !== undefined && { token }),
      ...(tokenFile !== undefined && { tokenFile: resolve(tokenFile) }),
    };
    let isCurrent = false;
    await changeProfiles(path, io.signal, ({ current, profiles }) => {
      isCurrent = current === undefined;
      return { current: current ?? name, profiles: { ...profiles, [name]: profile } };
    });
    await out.one({ name, url, current: isCurrent }, `profile ${name}: ${url}`);
    return undefined;
  },
});
