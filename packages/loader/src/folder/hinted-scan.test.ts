import { mkdir, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { folderWith, put } from './folder.fixture.ts';
import type { FolderScan } from './folder-scan.ts';
import { createFolderScanner, scanFolder } from './scan-folder.ts';

const SCOPES = ['global', 'groups/eu', 'tenants/a', 'tenants/a-b', 'tenants/b', 'tenants/c'];
const NAMES = ['limits.yaml', 'limits.json', 'mode.yaml', '@configs.yaml', '@groups.yaml', 'notes.txt', 'a b.yaml'];
const TEXTS = ['1\n', '2\n', '[1, 2]\n', '{"limits": 3}\n', '{"x": 1, "y": 2}\n', '[\n', ''];

it('a look into the folders that changed finds what a look into all of them finds, whatever was changed', async () => {
  const random = seededRandom();
  const dir = await realpath(await folderWith());
  const scanner = createFolderScanner(dir);
  for (let step = 0; step < 250; step++) {
    const hinted = new Set<string>();
    for (let i = random.int(1, 3); i > 0; i--) for (const folder of await change(dir, random)) hinted.add(folder);
    const found = await scanner.scan({ only: hinted });
    expect(said(found), `seed ${random.seed}, step ${step}`).toEqual(said(await scanFolder(dir)));
  }
});

it('a folder that is shared by a link is that of both scopes', async () => {
  const dir = await realpath(await folderWith({ 'tenants/a/limits.yaml': '1\n' }));
  await symlink('a', join(dir, 'tenants/b'));
  const scanner = createFolderScanner(dir);
  await scanner.scan();
  for (const value of ['2', '3']) {
    await put(dir, { 'tenants/a/limits.yaml': `${value}\n` });
    const { documents, problems } = await scanner.scan({ only: new Set([join(dir, 'tenants/a')]) });
    expect(problems).toEqual([]);
    expect(documents.map(({ scope, path, json }) => [scope, path, json])).toEqual([
      ['tenants/a', 'tenants/a/limits.yaml', value],
      ['tenants/b', 'tenants/b/limits.yaml', value],
    ]);
  }
});

// L1: a deploy that puts all of `tenants` into its place at once
it('a folder that was renamed into the place of another one has its own files, whatever is told of what lies in it', async () => {
  const dir = await realpath(await folderWith({ 'tenants/a/limits.yaml': '1\n', '.next/a/limits.yaml': '2\n' }));
  const scanner = createFolderScanner(dir);
  await scanner.scan();
  await rename(join(dir, 'tenants'), join(dir, '.last'));
  await rename(join(dir, '.next'), join(dir, 'tenants'));
  // Of a folder in a folder that is renamed the system tells nothing.
  const { documents } = await scanner.scan({ only: new Set([dir, join(dir, 'tenants')]) });
  expect(documents.map(({ path, json }) => [path, json])).toEqual([['tenants/a/limits.yaml', '2']]);
});

/** Changes one thing; the folders of which the system would tell. */
async function change(dir: string, random: SeededRandom): Promise<string[]> {
  const scope = random.pick(SCOPES);
  const folder = join(dir, scope);
  const parents = [dir, dirname(folder)];
  const isThere = await readdir(folder).catch(() => undefined);
  // Of a link the folder that it leads to is told of.
  const real = isThere && (await realpath(folder));
  if (random.chance(0.1)) {
    await rm(folder, { recursive: true, force: true });
    return [...parents, ...(real ? [real] : [])];
  }
  if (random.chance(0.1) && !isThere && scope.startsWith('tenants/')) {
    const other = random.pick(['a', 'a-b', 'b', 'c', '../groups/eu'].filter(name => `tenants/${name}` !== scope));
    await mkdir(dirname(folder), { recursive: true });
    await rm(folder, { force: true });
    await symlink(other, folder);
    return parents;
  }
  if (!isThere) {
    await rm(folder, { force: true });
    await mkdir(folder, { recursive: true });
  }
  const at = await realpath(folder);
  const file = join(folder, random.pick(NAMES));
  if (random.chance(0.2)) await rm(file, { force: true });
  else if (random.chance(0.5)) await writeFile(file, random.pick(TEXTS));
  else {
    await writeFile(`${file}~`, random.pick(TEXTS));
    await rename(`${file}~`, file);
  }
  return [...parents, at];
}

/** What a scan says, whatever the order in which its folders were looked into. */
function said({ documents, problems, scopes, ignored, files, isThere }: FolderScan) {
  const order = (a: string, b: string) => (a < b ? -1 : 1);
  return {
    documents: documents.map(({ place, ...document }) => ({ ...document, place: place() })),
    problems: problems.map(problem => JSON.stringify(problem)).sort(order),
    ...{ scopes: [...scopes].sort(order), ignored: [...ignored].sort(order), files, isThere },
  };
}
