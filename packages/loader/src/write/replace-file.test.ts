import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from '../folder/folder.fixture.ts';
import { writeFolder } from './write-folder.ts';

it('a file that is replaced may be read by those who might before, and by nobody else', async () => {
  const dir = await folderWith({ 'global/a.yaml': '1', 'global/b.yaml': '1' });
  await chmod(join(dir, 'global/a.yaml'), 0o600);
  await chmod(join(dir, 'global/b.yaml'), 0o666);
  await writeFolder(dir, [
    { scope: 'global', config: 'a', json: '2' },
    { scope: 'global', config: 'b', json: '2' },
  ]);
  const modeOf = async (file: string) => (await stat(join(dir, 'global', file))).mode & 0o777;
  expect([await modeOf('a.yaml'), await modeOf('b.yaml')]).toEqual([0o600, 0o666]);
  expect(await readFile(join(dir, 'global/a.yaml'), 'utf8')).toBe('2\n');
  expect((await readdir(join(dir, 'global'))).sort()).toEqual(['a.yaml', 'b.yaml']);
});
