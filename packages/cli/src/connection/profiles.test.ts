import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder } from '../fresh-folder.fixture.ts';
import { readProfiles, writeProfiles } from './profiles.ts';

it.each([
  ...['', 'x', 'null', '[]', '{}', '{"profiles":null}', '{"profiles":[]}', '{"profiles":{"a":null}}'],
  ...['{"profiles":{"a":{}}}', '{"profiles":{"a":{"url":5}}}', '{"profiles":{"a":{"url":"http://x","token":5}}}'],
  '{"current":5,"profiles":{}}',
])('a file of profiles that says %j is refused, and its text is not shown', async text => {
  const path = join(await freshFolder(), 'config.json');
  await writeFile(path, text, { mode: 0o600 });
  await expect(readProfiles(path)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: `${path} is not what \`tenantry profile add\` writes: correct it, or remove it.`,
  });
});

it('a folder in the place of the file is said to be one, and what was written is read', async () => {
  const folder = await freshFolder();
  const path = join(folder, 'config.json');
  await mkdir(path);
  await expect(readProfiles(path)).rejects.toThrow(/is a folder, and no file/);
  const other = join(folder, 'other.json');
  expect(await readProfiles(other)).toEqual({ profiles: {} });
  const kept = { current: 'a', profiles: { a: { url: 'http://x', token: 'secret' } } };
  await writeProfiles(other, kept);
  expect(await readProfiles(other)).toEqual(kept);
});

it('a link to the file stays one, and what it leads to is written', async () => {
  const folder = await freshFolder();
  const [path, link] = [join(folder, 'dotfiles.json'), join(folder, 'config.json')];
  await writeProfiles(path, { profiles: {} });
  await symlink(path, link);
  await writeProfiles(link, { profiles: { a: { url: 'http://x' } } });
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(await readFile(path, 'utf8')).toContain('http://x');
});

it('where it cannot be written the program says so', async () => {
  const folder = await freshFolder();
  await writeFile(join(folder, 'tenantry'), 'a file in the place of the folder');
  await expect(writeProfiles(join(folder, 'tenantry', 'config.json'), { profiles: {} })).rejects.toMatchObject({
    ...{ code: 'INVALID_OPTION', message: expect.stringMatching(/cannot be written \(E\w+\): the profiles stay/) },
  });
});
