import { Api } from '../../connection/api.ts';
import { settingsOf } from '../../connection/settings.ts';
import type { Io } from '../../program/io.ts';

/**
 * Another installation beside the one that a call is for: a profile, or an address. Its token is `TENANTRY_AGAINST_TOKEN`, else the profile's: the token of this call goes
 * to its own server alone. Only reads are sent.
 */
export async function otherInstallation(api: Api, against: string, io: Pick<Io, 'env'>): Promise<Api> {
  const { TENANTRY_AGAINST_TOKEN: token, XDG_CONFIG_HOME, HOME } = io.env;
  const env = { XDG_CONFIG_HOME, HOME, ...(token && { TENANTRY_TOKEN: token }) };
  const isAddress = /^https?:/i.test(against);
  const settings = await settingsOf(isAddress ? { url: against } : { profile: against }, env);
  const tokenNote = settings.tokenNote.replace(/TENANTRY_(ID_)?TOKEN\b/, 'TENANTRY_AGAINST_TOKEN');
  return new Api({ ...api.connection, ...settings, tokenNote, readsOnly: true });
}
