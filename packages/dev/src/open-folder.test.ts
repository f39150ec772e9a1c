import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { configs, feature, freshDir, limits, QUICK, range, rates, smtp } from './folder.fixture.ts';
import { type FileProblem, type FileWarning, type Folder, openFolder, problemLine } from './index.ts';

interface Lab extends AsyncDisposable {
  readonly folder: Folder;
  readonly client: Client;
  readonly problems: FileProblem[];
  readonly files: Awaited<ReturnType<typeof freshDir>>;
}

async function open(texts: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const files = await freshDir();
  for (const [path, text] of Object.entries(texts)) await files.write(path, text);
  const problems: FileProblem[] = [];
  const folder = await openFolder({ dir: files.dir, configs, ...QUICK, onTrouble: problem => problems.push(problem) });
  const client = await createClient({ replica: folder.replica, sweepMs: 0 });
  return {
    ...{ folder, client, problems, files },
    async [Symbol.asyncDispose]() {
      await client.close();
      await folder.close();
      await files[Symbol.asyncDispose]();
    },
  };
}

describe('a reader of a folder', () => {
  it('has what its files say, with the values of groups and of all tenants, and defaults for the rest', async () => {
    await using lab = await open({
      'global/range.yaml': 'max: 50\n',
      'groups/eu/limits.yaml': 'seats: 5\n',
      'tenants/acme/@groups.yaml': '- eu\n',
      'tenants/acme/range.yaml': 'min: 10\n',
      'tenants/beta/feature.json': '{ "on": true }\n',
    });
    const [acme, beta] = [lab.client.tenant('acme'), lab.client.tenant('beta')];
    expect(await acme.get(limits)).toEqual({ seats: 5 });
    expect(await acme.get(range)).toEqual({ min: 10, max: 50 });
    expect([await acme.get(feature), await beta.get(feature)]).toEqual([{ on: false }, { on: true }]);
    expect(await beta.entry(limits)).toMatchObject({ value: { seats: 1 }, stale: false });
    expect(acme.explain(range)?.layers.map(({ scope, version }) => [scope, version])).toEqual([
      ['tenants/acme', 1],
      ['groups/eu', undefined],
      ['global', 1],
      ['default', undefined],
    ]);
    expect(lab.problems).toEqual([]);
  });

  it('sees each file that is saved, added or removed, and a scope’s files in one change', async () => {
    await using lab = await open({ 'tenants/acme/limits.yaml': 'seats: 1\n' });
    const acme = lab.client.tenant('acme');
    const seen: unknown[] = [];
    acme.watch(limits).subscribe(value => seen.push(value.seats));
    const messages: string[][] = [];
    acme.changes$().subscribe(event => {
      if (event.kind === 'changes') messages.push(event.changes.flatMap(({ addresses }) => addresses).sort());
    });
    await eventually(() => expect(seen).toEqual([1]));
    await lab.files.write('tenants/acme/limits.yaml', 'seats: 2\n');
    await eventually(() => expect(seen).toEqual([1, 2]));
    await lab.files.remove('tenants/acme/limits.yaml');
    await eventually(() => expect(seen).toEqual([1, 2, 1]));
    await lab.files.write('tenants/acme/@configs.yaml', 'limits: { seats: 3 }\nfeature: { on: true }\n');
    await eventually(() => expect(seen).toEqual([1, 2, 1, 3]));
    expect(await acme.get(feature)).toEqual({ on: true });
    expect(messages.at(-1)).toEqual([feature.address, limits.address].sort());
    expect((await acme.entry(limits)).version).toBe(4);
  });

  it('names a field that no schema names once, with its place, and takes the value', async () => {
    await using files = await freshDir();
    await files.write('tenants/acme/limits.yaml', 'seats: 2\nnote: x\nsaets: 3\n');
    const warned: string[] = [];
    const onWarning = (warning: FileWarning) => void warned.push(problemLine(warning));
    await using folder = await openFolder({ dir: files.dir, configs, ...QUICK, onWarning });
    const said = 'tenants/acme/limits.yaml:3:1: warning: "limits": the schema does not name /saets';
    expect([warned, folder.problems]).toEqual([[said], []]);
    await files.write('tenants/acme/limits.yaml', 'seats: 4\nsaets: 3\n');
    await files.write('tenants/beta/limits.yaml', 'seats: 4\n');
    await folder.look();
    expect(warned).toEqual([said]);
    await files.write('tenants/acme/limits.yaml', 'seats: 4\n');
    await folder.look();
    await files.write('tenants/acme/limits.yaml', 'saets: 4\nseats: 4\n');
    await folder.look();
    expect(warned).toHaveLength(2);
  });

  it('is told a value once, although the file is written anew with the same one', async () => {
    await using lab = await open({ 'tenants/acme/limits.yaml': 'seats: 1\n' });
    const acme = lab.client.tenant('acme');
    await lab.files.write('tenants/acme/limits.yaml', '# a comment\nseats:   1\n');
    await lab.folder.look();
    await lab.files.write('tenants/acme/feature.yaml', 'on: true\n');
    await eventually(async () => expect(await acme.get(feature)).toEqual({ on: true }));
    expect((await acme.entry(limits)).version).toBe(1);
  });

  it('goes on with the last good value where a file is wrong, which is told once, with its place', async () => {
    await using lab = await open({
      'tenants/acme/limits.yaml': 'seats: 1\n',
      'tenants/acme/feature.yaml': 'on: true\n',
    });
    const acme = lab.client.tenant('acme');
    await acme.get(limits);
    await lab.files.write('tenants/acme/limits.yaml', 'note: x\nseats: many\n');
    await eventually(() => expect(lab.problems).toHaveLength(1));
    expect(lab.problems[0]).toMatchObject({
      ...{ path: 'tenants/acme/limits.yaml', line: 2, column: 1, code: 'INVALID_VALUE', config: 'limits' },
    });
    expect(await acme.get(limits)).toEqual({ seats: 1 });
    await lab.files.write('tenants/acme/limits.yaml', 'seats: [\n');
    await eventually(() => expect(lab.problems.at(-1)).toMatchObject({ code: 'NOT_PARSED' }));
    // The others go on.
    await lab.files.write('tenants/acme/feature.yaml', 'on: false\n');
    await eventually(async () => expect(await acme.get(feature)).toEqual({ on: false }));
    expect([await acme.get(limits), lab.problems.length]).toEqual([{ seats: 1 }, 2]);
    await lab.files.write('tenants/acme/limits.yaml', 'seats: 7\n');
    await eventually(async () => expect(await acme.get(limits)).toEqual({ seats: 7 }));
    expect(lab.folder.problems).toEqual([]);
  });

  it('goes on with the last good value where the file has a name that no file may have', async () => {
    await using lab = await open({ 'tenants/acme/limits.yaml': 'seats: 5\n' });
    const acme = lab.client.tenant('acme');
    expect(await acme.get(limits)).toEqual({ seats: 5 });
    await rename(join(lab.files.dir, 'tenants/acme/limits.yaml'), join(lab.files.dir, 'tenants/acme/limits.YAML'));
    await eventually(() => expect(lab.problems.at(-1)).toMatchObject({ path: 'tenants/acme/limits.YAML' }));
    await lab.folder.look();
    expect(await acme.get(limits)).toEqual({ seats: 5 });
  });

  it('has the values of a group in whose folder one file has a bad name', async () => {
    await using lab = await open({
      'groups/eu/limits.yaml': 'seats: 5\n',
      'groups/eu/Copy of limits.yaml': 'seats: 6\n',
      'tenants/acme/@groups.yaml': '[eu]\n',
    });
    expect(await lab.client.tenant('acme').get(limits)).toEqual({ seats: 5 });
    expect(lab.problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['groups/eu/Copy of limits.yaml BAD_NAME']);
  });

  it('never gets a merge that its schema refuses, in whatever order the files come', async () => {
    await using lab = await open({ 'global/range.yaml': 'max: 50\n', 'tenants/acme/range.yaml': 'min: 40\n' });
    const acme = lab.client.tenant('acme');
    expect(await acme.get(range)).toEqual({ min: 40, max: 50 });
    await lab.files.write('global/range.yaml', 'max: 30\n');
    await eventually(() => expect(lab.problems).toMatchObject([{ path: 'global/range.yaml', code: 'BREAKS_BELOW' }]));
    expect(await acme.get(range)).toEqual({ min: 40, max: 50 });
    // What the one file needs the other brings.
    await lab.files.write('tenants/acme/range.yaml', 'min: 20\n');
    await eventually(async () => expect(await acme.get(range)).toEqual({ min: 20, max: 30 }));
    expect(lab.folder.problems).toEqual([]);
  });

  it('keeps everything where the folder vanishes, and goes on when it is back', async () => {
    await using lab = await open({ 'tenants/acme/limits.yaml': 'seats: 1\n' });
    const acme = lab.client.tenant('acme');
    await acme.get(limits);
    await lab.files.remove('.');
    await eventually(() => expect(lab.problems).toMatchObject([{ path: '', code: 'UNREADABLE' }]));
    expect(await acme.get(limits)).toEqual({ seats: 1 });
    await lab.files.write('tenants/acme/limits.yaml', 'seats: 2\n');
    await eventually(async () => expect(await acme.get(limits)).toEqual({ seats: 2 }));
  });

  it('tells groups that are not there, that lead to themselves, and configs that are not known', async () => {
    await using lab = await open({
      'tenants/acme/@groups.yaml': '- nowhere\n',
      'groups/a/@groups.yaml': '- b\n',
      'groups/b/@groups.yaml': '- a\n',
      'tenants/acme/limit.yaml': 'seats: 1\n',
      'global/feature.yaml': 'on: true\n',
    });
    expect(lab.problems.map(({ path, code }) => `${path} ${code}`).sort()).toEqual([
      'global/feature.yaml NOT_INHERITED',
      'groups/a/@groups.yaml UNKNOWN_GROUP',
      'groups/b/@groups.yaml UNKNOWN_GROUP',
      'tenants/acme/@groups.yaml UNKNOWN_GROUP',
      'tenants/acme/limit.yaml UNKNOWN_CONFIG',
    ]);
  });

  it('takes what was refused of a folder that is gone as soon as others let it: a group that had tenants, a value that others need', async () => {
    await using lab = await open({
      'groups/eu/limits.yaml': 'seats: 5\n',
      'tenants/acme/@groups.yaml': '[eu]\n',
      'global/range.yaml': 'max: 150\n',
      'tenants/acme/range.yaml': 'min: 120\n',
    });
    const acme = lab.client.tenant('acme');
    await acme.get(limits);
    await lab.files.remove('groups');
    await lab.files.remove('global');
    await eventually(() =>
      expect(lab.folder.problems.map(({ scope, code }) => `${scope} ${code}`).sort()).toEqual([
        'global BREAKS_BELOW',
        'groups/eu GROUP_IN_USE',
      ]),
    );
    expect(await acme.get(range)).toEqual({ min: 120, max: 150 });
    await lab.files.write('tenants/acme/@groups.yaml', '[]\n');
    await lab.files.write('tenants/acme/range.yaml', 'min: 2\n');
    await eventually(() => expect(lab.folder.problems).toEqual([]));
    expect(await acme.get(range)).toEqual({ min: 2, max: 100 });
  });

  it('reads secrets from where the file says they are, and what no replica keeps from the file', async () => {
    process.env.TENANTRY_DEV_TEST_PASSWORD = 'hunter2';
    await using lab = await open({
      'tenants/acme/smtp.yaml': 'password: { $secret: { env: TENANTRY_DEV_TEST_PASSWORD } }\n',
      'tenants/beta/smtp.yaml': 'password: { $secret: { env: TENANTRY_DEV_TEST_MISSING } }\n',
      'tenants/acme/rates.yaml': '5\n',
    });
    expect(await lab.client.tenant('acme').get(smtp)).toEqual({ password: 'hunter2' });
    expect(await lab.client.tenant('acme').get(rates)).toBe(5);
    await lab.files.write('tenants/acme/rates.yaml', '6\n');
    await eventually(async () => expect(await lab.client.tenant('acme').get(rates)).toBe(6));
    expect(lab.problems).toMatchObject([{ path: 'tenants/beta/smtp.yaml', code: 'SECRET_MISSING' }]);
    expect(JSON.stringify(lab.problems)).not.toContain('hunter2');
  });

  it.each([
    [{ dir: '' }, '`dir` must be the path of a folder'],
    [{ configs: [{}] }, '`configs` must be a list of configs'],
    [{ settleMs: -1 }, '`settleMs` must be a whole number'],
    [{ folder: 'x' }, 'openFolder has no option "folder"'],
    [{ configs: [limits, limits] }, 'Two configs are called "limits"'],
  ])('refuses options that cannot be: %o', async (wrong, message) => {
    await expect(openFolder({ dir: '/nowhere', configs, ...wrong } as never)).rejects.toThrow(message);
  });
});
