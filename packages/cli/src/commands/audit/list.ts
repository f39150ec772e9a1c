import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { LIMIT } from '../../program/options.ts';
import { FILTER, filterQuery } from './filter.ts';

/** `audit list` */
export const list = defineCommand({
  args: {},
  options: { ...FILTER, limit: LIMIT },
  routes: ['audit.list'],
  examples: ['tenantry audit list --scope acme --since 7d', 'tenantry audit list --action config.reveal -o ndjson'],
  async run({ options: { limit, ...filter }, out, api }) {
    await out.list((await api()).pages('audit.list', { query: filterQuery(filter) }, limit), [
      { title: 'AT', of: ({ at }) => moment(at) },
      { title: 'BY', of: ({ actor }) => actor },
      { title: 'DID', of: ({ action }) => action },
      { title: 'SCOPE', of: ({ scope }) => scope },
      { title: 'CONFIG', of: ({ config }) => config },
      { title: 'VERSION', of: ({ version }) => version, right: true },
      { title: 'REASON', of: ({ reason }) => reason },
    ]);
    return undefined;
  },
});
