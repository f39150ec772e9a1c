import type { SettingRequest } from '../definitions/settings.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { SettingWrite } from '../writer/settings-api.ts';

const FATES = {
  now: 'the readers are told',
  later: 'committed; Redis hears of it from the relay',
  'on-commit': 'the transaction is still open',
} as const;

/** What the page's settings do, by path. */
export function settingActions(demo: Demo) {
  const { writer } = demo.parts;
  return {
    '/settings/write': async (write: SettingWrite) => {
      const { result, acknowledgedAt, startedAt } = await demo.writeSetting(write);
      const ms = (acknowledgedAt - startedAt).toFixed(1);
      const fate = `${FATES[result.published]}${result.persisted ? '' : ', the database will be'}`;
      return { said: `${write.setting} v${result.version} acknowledged in ${ms} ms: ${fate}.` };
    },
    '/settings/history': async (request: SettingRequest) => ({ versions: await writer.settingHistory(request) }),
    '/settings/diff': async (request: SettingRequest & { from: number; to: number }) => ({
      operations: await writer.settingDiff(request),
    }),
  };
}
