import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from '../folder/folder.fixture.ts';
import { scanFolder } from '../folder/scan-folder.ts';
import { type FolderEntry, writeFolder } from './write-folder.ts';

it('an export with `prune` deletes nothing behind a link to a folder: it says so before anything is written', async () => {
  const entry: FolderEntry = { scope: 'groups/eu', config: 'a', json: '1' };
  const outside = await folderWith({ 'limits.yaml': 'max: 1', 'acme/limits.yaml': 'max: 1' });
  for (const link of ['global', 'tenants', 'tenants/acme']) {
    const dir = await folderWith({ 'groups/README': 'a note' });
    if (link.includes('/')) await mkdir(join(dir, 'tenants'));
    await symlink(outside, join(dir, link));
    await symlink('README', join(dir, 'groups/NOTES'));
    await symlink('nothing', join(dir, 'groups/none'));
    await expect(writeFolder(dir, [entry], { prune: true })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect((await readdir(join(dir, 'groups'))).sort()).toEqual(['NOTES', 'README', 'none']);
    await rm(join(dir, link));
    expect((await writeFolder(dir, [entry], { prune: true })).written).toEqual(['groups/eu/a.yaml']);
  }
  expect(await readdir(join(outside, 'acme'))).toEqual(['limits.yaml']);
});

it('an export replaces what is no file of its own: a link to one that gets another text, and a pipe', async () => {
  const dir = await folderWith({ 'tenants/b/a.yaml': '1\n' });
  await mkdir(join(dir, 'tenants/a'));
  await symlink('../b/a.yaml', join(dir, 'tenants/a/a.yaml'));
  execFileSync('mkfifo', [join(dir, 'tenants/b/b.yaml')]);
  await writeFolder(dir, [
    { scope: 'tenants/a', config: 'a', json: '1' },
    { scope: 'tenants/b', config: 'a', json: '2' },
    { scope: 'tenants/b', config: 'b', json: '3' },
  ]);
  const { documents, problems } = await scanFolder(dir);
  expect([documents.map(({ json }) => json), problems]).toEqual([['1', '2', '3'], []]);
});
