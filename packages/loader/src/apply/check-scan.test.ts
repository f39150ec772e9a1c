import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from '../folder/folder.fixture.ts';
import { scanFolder } from '../folder/scan-folder.ts';
import { wantedOf } from './check-scan.ts';

it('a group is made by its folder, where nothing in it leaves open which groups it is in', async () => {
  const dir = await folderWith({
    'groups/broken/@groups.yaml': '[',
    'groups/capitals/@groups.YAML': '[eu]',
    'groups/several/@configs.json': '{',
    'groups/other/limits.yaml': '[',
    'groups/other/Limits 2.yaml': '1',
  });
  await mkdir(join(dir, 'groups/empty'));
  const wanted = wantedOf(await scanFolder(dir));
  expect(wanted.map(({ scope, config, isImplied }) => [scope, config, isImplied])).toEqual([
    ['groups/empty', '@groups', true],
    ['groups/other', '@groups', true],
  ]);
});

it('no group is made by its folder where none of its files was read', async () => {
  const dir = await folderWith({ 'groups/eu/@groups.yaml': '[all]', 'groups/us/limits.yaml': 'max: 1' });
  expect(wantedOf(await scanFolder(dir, { maxFiles: 1 }))).toEqual([]);
});
