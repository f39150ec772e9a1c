import { existsSync } from 'node:fs';
import { chmod, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from '../folder/folder.fixture.ts';
import { makeFolder } from './make-folder.ts';
import { writeFolder } from './write-folder.ts';

it('makes those above it, also where several do so at the same time', async () => {
  const dir = await folderWith({});
  const path = join(dir, 'a/b/c');
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
  await makeFolder(`${path}/`);
  expect((await stat(path)).isDirectory()).toBe(true);
});

it('leaves what is there: a folder of any mode, and a link to one', async () => {
  const dir = await folderWith({ 'kept/file': '' });
  await chmod(join(dir, 'kept'), 0o555);
  await symlink(join(dir, 'kept'), join(dir, 'link'));
  for (const name of ['kept', 'link']) await makeFolder(join(dir, name));
  expect((await stat(join(dir, 'kept'))).mode & 0o777).toBe(0o555);
  await makeFolder('/');
});

it('says why not where something else is in its place', async () => {
  const dir = await folderWith({});
  await writeFile(join(dir, 'file'), '');
  await symlink(join(dir, 'nowhere'), join(dir, 'broken'));
  await expect(makeFolder(join(dir, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(dir, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeFolder(join(dir, 'broken'))).rejects.toMatchObject({ code: 'EEXIST' });
});

it.skipIf(!existsSync('/proc/self'))(
  'ends where a folder takes none and says that it is not there itself (skipped where there is no /proc)',
  async () => {
    for (const dir of ['/proc/tenantry', '/proc/tenantry/configs'])
      await expect(writeFolder(dir, [])).rejects.toMatchObject({
        ...{ code: 'UNAVAILABLE', message: expect.stringContaining(`Writing ${dir.slice(0, 14)}`) },
      });
    await expect(writeFolder('/proc', [{ scope: 'global', config: 'a', json: '1' }])).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', message: expect.stringMatching(/^Writing \/proc\/global failed \(ENOENT\)/) },
    });
  },
);
