import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { LIMIT } from '../../program/options.ts';
import { defineMending } from './define-mending.ts';

/** `operations dead-rows list` */
export const list = defineCommand({
  details: ['Changes of rows that could not be published, and that nobody tries any more.'],
  args: {},
  options: { limit: LIMIT },
  routes: ['deadRows.list'],
  examples: ['tenantry operations dead-rows list'],
  async run({ options, out, api }) {
    await out.list((await api()).pages('deadRows.list', {}, options.limit), [
      { title: 'ID', of: ({ id }) => id },
      { title: 'DEFINITION', of: ({ definition }) => definition },
      { title: 'RECORD', of: ({ recordId }) => recordId },
      { title: 'TENANT', of: ({ tenant }) => tenant },
      { title: 'TRIES', of: ({ attempts }) => attempts, right: true },
      { title: 'AT', of: ({ createdAt }) => moment(createdAt) },
      { title: 'ERROR', of: ({ error }) => error },
    ]);
    return undefined;
  },
});

/** `operations dead-rows retry` */
export const retry = defineMending('dead rows', 'deadRows.list', 'deadRows.retry', 'retried', [
  'tenantry operations dead-rows retry --all',
]);

/** `operations dead-rows discard` */
export const discard = defineMending('dead rows', 'deadRows.list', 'deadRows.discard', 'discarded', [
  'tenantry operations dead-rows discard 17 18',
]);
