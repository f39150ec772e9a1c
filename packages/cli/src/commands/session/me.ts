import { moment } from '../../output/moment.ts';
import { Table } from '../../output/table.ts';
import { defineCommand } from '../../program/define-command.ts';

/** `me` */
export const me = defineCommand({
  args: {},
  options: {},
  routes: ['me.get'],
  examples: ['tenantry me'],
  async run({ out, api: connect }) {
    const api = await connect();
    const { answer } = await api.call('me.get');
    const { id, name, groups, grants, version, readOnly } = answer;
    const table = new Table<(typeof grants)[number]>(
      [
        { title: 'MAY', of: ({ verbs }) => verbs.join(' ') },
        { title: 'SCOPE', of: ({ scope }) => scope },
        { title: 'CONFIG', of: ({ config }) => config },
        { title: 'AS', of: ({ who }) => who },
        { title: 'UNTIL', of: ({ expiresAt }) => moment(expiresAt) },
      ],
      undefined,
    ).lines(grants);
    const pairs = {
      id,
      name,
      groups: groups.join(' ') || undefined,
      server: api.connection.url,
      version,
      'read-only': readOnly,
    };
    const rights = grants.length === 0 ? [] : ['', out.style('bold', table.head ?? ''), ...table.rows];
    await out.one(answer, [...out.pairs(pairs), ...rights]);
    return undefined;
  },
});
