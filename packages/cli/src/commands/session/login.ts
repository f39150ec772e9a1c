import { Api } from '../../connection/api.ts';
import { changeProfiles } from '../../connection/change-profiles.ts';
import { defineCommand } from '../../program/define-command.ts';
import { tokenOf } from '../../values/token.ts';
import { profileMeant, withProfile } from './profile-meant.ts';

/** `login` */
export const login = defineCommand({
  details: [
    'Asks for the token on a terminal, or reads it from stdin, tries it, and keeps it in the profile: the one of --profile, of TENANTRY_PROFILE, or the current one.',
  ],
  args: {},
  options: {},
  routes: ['me.get'],
  examples: ['tenantry login', 'pass show tenantry | tenantry login --profile prod'],
  async run({ global, io, out, say }) {
    const { path, name, profile } = await profileMeant({ global, io });
    const token = await tokenOf(io);
    const debug = global.debug ? say : () => undefined;
    const tokenNote = 'The server does not know this token, or it has ended. It is not kept.';
    const timeoutMs = global.timeout ?? 30_000;
    const connection = { url: profile.url, token, tokenNote, timeoutMs, signal: io.signal, debug };
    const { answer } = await new Api(connection).call('me.get');
    await changeProfiles(path, io.signal, all =>
      withProfile(all, path, { name, profile: { url: profile.url, token } }),
    );
    await out.one({ profile: name, url: profile.url, id: answer.id }, `${name}: you are ${answer.id}`);
    return undefined;
  },
});
