import { isDeepStrictEqual } from 'node:util';
import type { RowDataPacket } from 'mysql2/promise';
import type { SettingRequest } from '../definitions/settings.ts';
import type { Demo } from '../supervisor/demo.ts';
import { affectedSetting, checkRow, rowOf } from './setting-sight.ts';
import { check, type Step } from './step.ts';

const appearance = { tenant: 'globex', setting: 'appearance' } as const;

/** Every version with who and why, what is between two of them, and the way back, which is a version too. */
export const history: Step = {
  name: 'history, diff and rollback',
  async play(demo) {
    const { writer } = demo.parts;
    const old = { theme: 'light', accent: '#1f6f54', itemsPerPage: 25, greeting: 'Hello' };
    const one = await write(demo, old, 'ann', 'as it was');
    const two = await write(demo, { ...old, theme: 'dark', itemsPerPage: 40 }, 'bob', 'T-77');
    const [from, to] = [one.result.version, two.result.version];

    const told = await writer.settingHistory(appearance);
    const stored = await revisionsOf(demo, appearance);
    const essence = told.map(({ version, value, actor, reason }) => ({ version, value, actor, reason }));
    check(isDeepStrictEqual(essence, stored), `the history tells of ${told.length} versions, and not as SQL does`);
    const newest = told.slice(0, 2).map(({ version, actor, reason }) => `${version} ${actor} ${reason}`);
    check(
      isDeepStrictEqual(newest, [`${to} bob T-77`, `${from} ann as it was`]),
      `the newest are ${newest.join(', ')}`,
    );

    const diff = await writer.settingDiff({ ...appearance, from, to });
    const wanted = [
      { op: 'replace', path: '/theme', value: 'dark' },
      { op: 'replace', path: '/itemsPerPage', value: 40 },
    ];
    check(isDeepStrictEqual(byPath(diff), byPath(wanted)), `the diff of ${from} and ${to} is ${JSON.stringify(diff)}`);

    const before = await rowOf(demo, appearance);
    const back = await demo.writeSetting({ ...appearance, verb: 'rollback', version: from, options: { actor: 'cy' } });
    const { version } = back.result;
    check(version === to + 1, `the rollback became version ${version}, not ${to + 1}`);
    await checkRow(demo, appearance, { version, value: old, revisions: before.revisions + 1 }, 'after the rollback');
    const [latest] = await writer.settingHistory(appearance);
    check(latest?.origin === `rollback of ${from}`, `the history says that it came from ${latest?.origin}`);
    const ms = (await demo.settingSeen(back, { value: old })) - (back.committedAt ?? Number.NaN);
    return { affected: [affectedSetting(back, old)], ms, seen: `both readers have v${from}'s value as v${version}` };
  },
};

function write(demo: Demo, value: unknown, actor: string, reason: string) {
  return demo.writeSetting({ ...appearance, verb: 'set', value, options: { actor, reason } });
}

async function revisionsOf({ parts: { database } }: Demo, { tenant, setting }: SettingRequest) {
  const [rows] = await database.pool.query<RowDataPacket[]>(
    'SELECT version, value, actor, reason FROM tenantry_config_revision WHERE tenant = ? AND name = ? ORDER BY version DESC LIMIT 20',
    [tenant, setting],
  );
  return rows.map(({ version, value, actor, reason }) => ({
    version: Number(version),
    value: value === null ? undefined : JSON.parse(value),
    actor: actor ?? undefined,
    reason: reason ?? undefined,
  }));
}

function byPath(operations: readonly object[]): readonly object[] {
  return (operations as readonly { readonly path: string }[]).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
