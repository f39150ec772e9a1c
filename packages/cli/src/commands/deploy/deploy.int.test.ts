import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { limit, mode, seats } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder, writeFiles } from '../../fresh-folder.fixture.ts';

useCliLab();

let dir: string;
let tenant: string;
let count = 0;
beforeEach(async () => {
  dir = await freshFolder();
  tenant = `t${++count}`;
});

const files = (contents: Readonly<Record<string, string | undefined>>) => writeFiles(dir, contents);
const versionOf = async (scope: string, config: string) =>
  JSON.parse((await tenantry(['get', scope, config, '-o', 'json'])).out).version;
const json = async (words: string[], options = {}) => {
  const ran = await tenantry([...words, '-o', 'json'], options);
  return { ...ran, answer: ran.out === '' ? undefined : JSON.parse(ran.out) };
};

describe('a plan', () => {
  it('says what a folder would change, writes nothing, and ends with 2; applied, it ends with 0', async () => {
    await files({ [`tenants/${tenant}/mode.yaml`]: '"on"\n', [`tenants/${tenant}/seats.yaml`]: 'seats: 5\n' });
    const planned = await tenantry(['plan', dir]);
    expect(planned).toMatchObject({ code: 2, err: '' });
    expect(planned.out).toContain(`tenants/${tenant}\n  + mode: "on"\n  + seats: {"seats":5}\n`);
    expect(planned.out).toMatch(/2 would change in 1 scopes, 0 of them taken away; for 1 tenant values become others/);
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
      expect(await tenantry(words)).toMatchObject({ code: 0, out: 'nothing would change: 2 as they should be\n' });
    expect(await versionOf(tenant, 'mode')).toBe(1);
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
    // Of all scopes none is left.
    expect(await tenantry(['apply', file])).toMatchObject({ code: 3 });
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
      text.replace('"format": 1', '"format": 2'),
    ]) {
      await writeFile(file, broken);
      expect(await tenantry(['apply', file])).toMatchObject({
        code: 1,
        err: expect.stringContaining('INVALID_OPTION'),
      });
    }
    expect(await versionOf(tenant, 'mode')).toBe(0);
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

describe('what a folder does not say', () => {
  async function withTen(): Promise<void> {
    await lab.store.scopes.setGroup(`g-${tenant}`);
    for (let i = 0; i < 10; i++) {
      await lab.store.tenant(`${tenant}-${i}`).set(mode, 'on');
      await files({ [`tenants/${tenant}-${i}/mode.yaml`]: '"on"\n' });
    }
  }

  it('stays without --prune; with it, it is taken away where that is little, and --yes stands', async () => {
    await withTen();
    await lab.store.tenant(`${tenant}-0`).set(seats, { seats: 3 });
    expect(await tenantry(['plan', dir])).toMatchObject({ code: 0 });
    expect(await tenantry(['plan', dir, '--prune'])).toMatchObject({
      code: 2,
      out: expect.stringContaining('  - seats (version 1)'),
    });
    const asked = await tenantry(['apply', dir, '--prune']);
    expect(asked).toMatchObject({ code: 3, err: expect.stringContaining('NEEDS_YES') });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
    expect(await tenantry(['apply', dir, '--prune', '--yes'])).toMatchObject({ code: 0 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(2);
    expect(await tenantry(['plan', dir, '--prune'])).toMatchObject({ code: 0 });
  });

  // L6
  it('is never taken away where it is much, or the folder is empty or gone: the answer has the option that would let it', async () => {
    await withTen();
    for (const i of [0, 1]) await lab.store.tenant(`${tenant}-${i}`).set(seats, { seats: 3 });
    const much = await tenantry(['apply', dir, '--prune', '--yes']);
    expect(much).toMatchObject({
      code: 3,
      err: expect.stringMatching(/TOO_MANY_DELETIONS: 2 of 12 .*--max-prune 2\./),
    });
    const empty = await freshFolder();
    await mkdir(join(empty, 'tenants', tenant), { recursive: true });
    expect(await tenantry(['apply', empty, '--prune', '--yes'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('EMPTY_FOLDER'),
    });
    expect(await tenantry(['apply', join(empty, 'gone'), '--prune', '--yes'])).toMatchObject({ code: 1 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
    expect(await tenantry(['apply', dir, '--prune', '--yes', '--max-prune', '2'])).toMatchObject({ code: 0 });
  });

  it('stays where its file cannot be read, and scopes without a folder are left alone', async () => {
    await withTen();
    await lab.store.tenant(`${tenant}-0`).set(seats, { seats: 3 });
    await lab.store.tenant(`${tenant}-elsewhere`).set(seats, { seats: 4 });
    await files({ [`tenants/${tenant}-0/seats.yaml`]: 'seats: [\n' });
    expect(await tenantry(['apply', dir, '--prune', '--yes'])).toMatchObject({ code: 4 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
    expect(await versionOf(`${tenant}-elsewhere`, 'seats')).toBe(1);
  });
});
