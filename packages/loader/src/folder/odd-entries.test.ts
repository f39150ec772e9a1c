import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type FileProblem, problemLine } from './file-problem.ts';
import { folderWith } from './folder.fixture.ts';
import { scanFolder } from './scan-folder.ts';

const wrong = (problems: readonly FileProblem[]) => problems.map(({ path, code }) => `${path} ${code}`);
const GOOD = { 'global/limits.yaml': 'max: 1', 'tenants/acme/limits.yaml': 'max: 2' };

/** A path whose last name is `Z\xfcrich` of Latin-1, which is no UTF-8, with an end. */
function latin(dir: string, end: string): Buffer {
  return Buffer.concat([Buffer.from(join(dir, 'Z')), Buffer.from([0xfc]), Buffer.from(`rich${end}`)]);
}

it('a name that is no UTF-8 is a problem of its own, and the others go on', async () => {
  const dir = await folderWith(GOOD);
  await writeFile(latin(join(dir, 'global'), '.yaml'), 'max: 3');
  await writeFile(latin(join(dir, 'global'), '.txt'), 'a note');
  await mkdir(latin(join(dir, 'tenants'), ''));
  const scan = await scanFolder(dir);
  expect([scan.isThere, scan.documents.length]).toEqual([true, 2]);
  expect(wrong(scan.problems)).toEqual(['global/Z\ufffdrich.yaml BAD_NAME', 'tenants/Z\ufffdrich BAD_NAME']);
});

it('an end with capitals or blanks is a name with a problem, and no note', async () => {
  const dir = await folderWith({
    ...GOOD,
    'global/mode.YAML': 'x',
    'tenants/acme/@groups.Json': '[]',
    'stray.TOML': 'x',
    'global/range.yaml\r': 'x',
    'global/sent.json ': '1',
  });
  const { problems, ignored } = await scanFolder(dir);
  expect(wrong(problems)).toEqual([
    'global/mode.YAML BAD_NAME',
    'global/range.yaml\r BAD_NAME',
    'global/sent.json  BAD_NAME',
    'stray.TOML NO_SCOPE',
    'tenants/acme/@groups.Json BAD_NAME',
  ]);
  expect(problems[0]?.message).toContain('write `mode.yaml`');
  expect(ignored).toEqual([]);
});

it('a file where the folder of all tenants is expected is a problem: git writes links so where the system has none', async () => {
  const dir = await folderWith({ 'global/limits.yaml': 'max: 1', tenants: '../store/tenants', README: 'a note' });
  const { problems, ignored } = await scanFolder(dir);
  expect(wrong(problems)).toEqual(['tenants NO_SCOPE']);
  expect(ignored).toEqual(['README']);
});

it('a folder of a scope that is not spelt as it must be speaks of the scope that is meant', async () => {
  const dir = await folderWith({
    ...GOOD,
    'tenants/Z\u00fcrich/limits.yaml': 'max: 3',
    'groups/not a name/x.yaml': '1',
  });
  const { problems } = await scanFolder(dir);
  expect(problems.map(({ path, scope }) => [path, scope])).toEqual([
    ['groups/not a name', undefined],
    ['tenants/Z\u00fcrich', 'tenants/Z\u00fcrich'],
  ]);
});

it('a name that looks like the next line of a log is one line with the others', async () => {
  const { problems } = await scanFolder(await folderWith({ ...GOOD, 'global/a\n\u001b[31mb.yaml': '1' }));
  expect(problems.map(problemLine)).toEqual([
    'global/a\\u000a\\u001b[31mb.yaml: `a\\u000a\\u001b[31mb.yaml` is not spelt as the name of a config is: write `a%0A%1B%5B31mb.yaml`',
  ]);
});

it('what a file system keeps for itself is passed over', async () => {
  const dir = await folderWith(GOOD);
  await mkdir(join(dir, 'lost+found'), { mode: 0o700 });
  expect((await scanFolder(dir)).problems).toEqual([]);
});
