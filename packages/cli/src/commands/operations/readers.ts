import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { LIMIT } from '../../program/options.ts';

/** `operations readers` */
export const readers = defineCommand({
  args: {},
  options: { limit: LIMIT },
  routes: ['readers.list'],
  examples: ['tenantry operations readers'],
  async run({ options, out, api }) {
    await out.list((await api()).pages('readers.list', {}, options.limit), [
      { title: 'ID', of: ({ id }) => id },
      { title: 'NAME', of: ({ name }) => name },
      { title: 'ADDRESS', of: ({ address }) => address },
      { title: 'SINCE', of: ({ connectedAt }) => moment(connectedAt) },
      { title: 'FEEDS', of: ({ feeds }) => feeds, right: true },
    ]);
    return undefined;
  },
});
