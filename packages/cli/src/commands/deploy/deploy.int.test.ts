import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { limit, mode, seats } from '../../../../admin/src/admin.fixture.ts';
import { lab, TOKENS, tenantry, useCliLab } from '../../cli.fixture.ts';
import { dir, files, tenant, useDeployFolder, versionOf } from './deploy-folder.fixture.ts';

useCliLab();
useDeployFolder();

const json = async (words: string[], options = {}) => {
  const ran = await tenantry([...words, '-o', 'json'], options);
  return { ...ran, answer: ran.out === '' ? undefined : JSON.parse(ran.out) };
};

describe('a plan', () => {
  it('says where a file takes the place of a value that was to end, and the end goes with it', async () => {
    const [other, same] = [`${tenant}-other`, `${tenant}-same`];
    for (const each of [other, same]) {
      const value = each === same ? '"on"' : '"off"';
      expect(await tenantry(['set', each, 'mode', value, '--expires', '2h'])).toMatchObject({ code: 0 });
      await files({ [`tenants/${each}/mode.yaml`]: '"on"\n' });
    }
    const { out } = await tenantry(['plan', dir, '--save', join(dir, 'plan.json')]);
    expect(out).toMatch(/ {2}~ mode \(version 1\): "off" → "on", its end \(20.*Z\) is taken away\n/);
    expect(await tenantry(['apply', join(dir, 'plan.json')])).toMatchObject({ code: 0 });
    const endOf = async (each: string) => (await json(['get', each, 'mode'])).answer.expiresAt;
    // What is so already is left as it is.
    expect([await endOf(other), await endOf(same)]).toEqual([undefined, expect.any(Number)]);
  });

  it('says what a folder would change, writes nothing, and ends with 2; applied, it ends with 0', async () => {
    await files({ [`tenants/${tenant}/mode.yaml`]: '"on"\n', [`tenants/${tenant}/seats.yaml`]: 'seats: 5\n' });
    const planned = await tenantry(['plan', dir]);
    expect(planned).toMatchObject({ code: 2, err: '' });
    expect(planned.out).toContain(`tenants/${tenant}\n  + mode: "on"\n  + seats: {"seats":5}\n`);
    expect(planned.out).toMatch(/2 would change in 1 scope, 0 of them taken away; 1 tenant would get other values/);
    expect(await versionOf(tenant, 'mode')).toBe(0);
    const applied = await tenantry(['apply', dir, '-m', 'T-1']);
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(await lab.store.tenant(tenant).get(seats)).toMatchObject({ value: { seats: 5 } });
    expect((await lab.store.tenant(tenant).history(mode)).items[0]).toMatchObject({ reason: 'T-1', actor: 'root' });
    // L9
    for (const words of [
      ['plan', dir],
      ['apply', dir],
      ['import', dir],
    ])
      expect(await tenantry(words)).toMatchObject({ code: 0, out: 'nothing would change; 2 are so already\n' });
    expect(await versionOf(tenant, 'mode')).toBe(1);
  });

  it('names a field that the schema does not name, also where nothing would change, and ends as without it', async () => {
    const path = `tenants/${tenant}/seats.yaml`;
    await files({ [path]: 'seats: 5\nsats: 6\n' });
    const line = `! ${path}:2:1: warning: seats of tenants/${tenant}: the schema does not name /sats\n`;
    for (const [words, code] of [
      [['plan', dir], 2],
      [['apply', dir], 0],
      [['plan', dir], 0],
    ] as const) {
      const ran = await tenantry(words);
      expect(ran).toMatchObject({ code, err: '' });
      expect(ran.out).toContain(line);
    }
    const { answer } = await json(['plan', dir]);
    expect(answer).toMatchObject({ problems: [], warnings: [{ place: `${path}:2:1` }] });
  });

  it('counts the tenants whose values become others, also of what they inherit', async () => {
    await lab.store.scopes.setGroup('plan-eu');
    const inherits = [1, 2, 3].map(i => `${tenant}-${i}`);
    for (const each of inherits) await lab.store.scopes.set(each, ['plan-eu']);
    await lab.store.tenant(`${tenant}-3`).set(limit, 7);
    await files({ 'groups/plan-eu/app%2Flimit.json': '9' });
    const { answer, code } = await json(['plan', dir]);
    expect(code).toBe(2);
    expect(answer.reach).toMatchObject({ tenants: 2, complete: true });
    expect(answer.reach.examples.sort()).toEqual([`tenants/${tenant}-1`, `tenants/${tenant}-2`]);
  });

  it('that was kept is refused where somebody has written since, and nothing of that scope is written; others are: 4', async () => {
    const other = `${tenant}-other`;
    await files({
      ...{
        [`tenants/${tenant}/mode.yaml`]: 'on\n'.replace('on', '"on"'),
        [`tenants/${tenant}/seats.yaml`]: 'seats: 5\n',
      },
      [`tenants/${other}/mode.yaml`]: '"on"\n',
    });
    const file = join(dir, '..', `${tenant}.plan.json`);
    expect((await tenantry(['plan', dir, '--save', file])).code).toBe(2);
    await lab.store.tenant(tenant).set(seats, { seats: 77 });
    const applied = await tenantry(['apply', file]);
    expect(applied.code).toBe(4);
    expect(applied.err).toContain(`tenants/${tenant}: CONFLICT`);
    expect(await versionOf(tenant, 'mode')).toBe(0);
    expect(await lab.store.tenant(tenant).get(seats)).toMatchObject({ value: { seats: 77 } });
    expect(await versionOf(other, 'mode')).toBe(1);
    // The other scope is as the plan says already.
    const again = await tenantry(['apply', file]);
    expect(again).toMatchObject({ code: 4, err: expect.not.stringContaining(`${other}: CONFLICT`) });
    expect(again.err).toContain(`tenants/${tenant}: CONFLICT`);
    expect(await versionOf(other, 'mode')).toBe(1);
  });

  it('is for one installation, and one that somebody changed is none', async () => {
    await files({ [`tenants/${tenant}/mode.yaml`]: '"on"\n' });
    const file = join(dir, '..', `${tenant}.plan.json`);
    await tenantry(['plan', dir, '--save', file]);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(lab.url, 'http://127.0.0.1:1'));
    expect(await tenantry(['apply', file])).toMatchObject({
      code: 3,
      err: expect.stringContaining('OTHER_INSTALLATION'),
    });
    for (const broken of [
      '{',
      '[]',
      text.replace('"ifVersion": 0', '"ifVersion": "0"'),
      text.replace('"format": 2', '"format": 3'),
    ]) {
      await writeFile(file, broken);
      expect(await tenantry(['apply', file])).toMatchObject({
        code: 1,
        err: expect.stringContaining('INVALID_OPTION'),
      });
    }
    expect(await versionOf(tenant, 'mode')).toBe(0);
  });

  it('may come on stdin, and is asked for nothing that it was not made with', async () => {
    await files({ [`tenants/${tenant}/mode.yaml`]: '"on"\n' });
    const file = join(dir, '..', `${tenant}.plan.json`);
    await tenantry(['plan', dir, '--save', file, '--policy', 'seed']);
    const stdin = await readFile(file, 'utf8');
    for (const more of [['--prune', '--yes'], ['--policy', 'report'], ['--name', 'other'], ['--write-secrets']])
      expect(await tenantry(['apply', '-', ...more], { stdin })).toMatchObject({
        ...{ code: 1, err: expect.stringContaining('The plan was made with --policy seed and --name files') },
      });
    expect(await versionOf(tenant, 'mode')).toBe(0);
    expect(await tenantry(['apply', '-', '--policy', 'seed'], { stdin })).toMatchObject({ code: 0, err: '' });
    expect(await versionOf(tenant, 'mode')).toBe(1);
    const dotenv = ['import', '--from', 'dotenv', '-', '--scope', tenant];
    expect(await tenantry(dotenv, { stdin: 'MODE=off\n' })).toMatchObject({ code: 0, err: '' });
    expect(await lab.store.tenant(tenant).get(mode)).toMatchObject({ value: 'off' });
  });

  it('names the files of scopes that the token may not see, and plans the others', async () => {
    await lab.grants.give({ who: 'user:ann', verbs: ['view', 'edit'], scope: `tenants/${tenant}` });
    const hidden = Array.from({ length: 5 }, (_, i) => `tenants/${tenant}-hidden-${i}`);
    await files({ [`tenants/${tenant}/mode.yaml`]: '"on"\n', 'global/seats.yaml': 'seats: 1\n' });
    for (const scope of hidden) await files({ [`${scope}/mode.yaml`]: '"on"\n' });
    const planned = await eventually(async () => {
      const tried = await tenantry(['plan', dir], { token: TOKENS.ann });
      expect(tried).toMatchObject({ code: 4, err: '' });
      expect(tried.out).toContain(`tenants/${tenant}\n  + mode`);
      return tried;
    });
    for (const scope of ['global', ...hidden])
      expect(planned.out).toMatch(new RegExp(`! ${scope}/\\w+.yaml:1:1: there is no ${scope}, or you may not see it`));
    expect(await tenantry(['apply', dir], { token: TOKENS.ann })).toMatchObject({ code: 4, err: '' });
    expect(await versionOf(tenant, 'mode')).toBe(1);
  });

  it('names what cannot be planned with its place, and the others go on: 4', async () => {
    await files({
      [`tenants/${tenant}/mode.yaml`]: '"sometimes"\n',
      [`tenants/${tenant}/seats.yaml`]: 'seats: 5\nseats: 6\n',
      [`tenants/${tenant}/nope.yaml`]: '1\n',
      [`tenants/${tenant}/app%2Flimit.yaml`]: '3\n',
      'global/mode.yaml': '"on"\n',
    });
    const planned = await tenantry(['plan', dir]);
    expect(planned.code).toBe(4);
    for (const place of [
      `tenants/${tenant}/mode.yaml:1:1`,
      `tenants/${tenant}/seats.yaml:2`,
      `tenants/${tenant}/nope.yaml`,
      'global/mode.yaml:1:1',
    ])
      expect(planned.out).toContain(`! ${place}`);
    expect(planned.out).not.toContain('sometimes');
    expect(await tenantry(['apply', dir])).toMatchObject({ code: 4 });
    expect(await lab.store.tenant(tenant).get(limit)).toMatchObject({ value: 3 });
    expect(await versionOf(tenant, 'mode')).toBe(0);
  });
});
