import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';
import { LIMIT } from '../../program/options.ts';
import { defineMending } from './define-mending.ts';

/** `operations dead-letters list` */
export const list = defineCommand({
  details: ['Write-backs that the database refused, and that nobody tries any more.'],
  args: {},
  options: { limit: LIMIT },
  routes: ['deadLetters.list'],
  examples: ['tenantry operations dead-letters list'],
  async run({ options, out, api }) {
    await out.list((await api()).pages('deadLetters.list', {}, options.limit), [
      { title: 'ID', of: ({ id }) => id },
      { title: 'TENANT', of: ({ tenant }) => tenant },
      { title: 'CONFIG', of: ({ config }) => config },
      { title: 'VERSION', of: ({ version }) => version, right: true },
      { title: 'DID', of: ({ op }) => op },
      { title: 'TRIES', of: ({ attempts }) => attempts, right: true },
      { title: 'DIED', of: ({ diedAt }) => moment(diedAt) },
      { title: 'ERROR', of: ({ error }) => error },
    ]);
    return undefined;
  },
});

/** `operations dead-letters retry` */
export const retry = defineMending('dead letters', 'deadLetters.list', 'deadLetters.retry', 'retried', [
  'tenantry operations dead-letters retry --all',
]);

/** `operations dead-letters discard` */
export const discard = defineMending('dead letters', 'deadLetters.list', 'deadLetters.discard', 'discarded', [
  'tenantry operations dead-letters discard --all',
]);
