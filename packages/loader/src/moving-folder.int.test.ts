import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith, put } from './folder/folder.fixture.ts';
import { scanFolder } from './folder/scan-folder.ts';
import { actionsOf, freshName, load, useSystem } from './loader.fixture.ts';

useSystem();

// L1
it('an import waits for a folder that is being changed, as a mount is whose `..data` leads to nothing for a moment', async () => {
  const [name, dir] = [freshName(), await folderWith()];
  await symlink('..2026', join(dir, '..data'));
  await symlink('..data/tenants', join(dir, 'tenants'));
  const loading = load(dir, { name });
  // As long as the first scan of the import may take.
  expect((await scanFolder(dir)).problems.map(({ code }) => code)).toEqual(['CHANGING']);
  // At once: of a folder that is made file by file a look may see a part, and without a time to settle that counts.
  await put(dir, { [`..made/tenants/${name}/limits.yaml`]: 'max: 1' });
  await rename(join(dir, '..made'), join(dir, '..2026'));
  expect(actionsOf(await loading)).toEqual({ [`tenants/${name} limits`]: 'create' });
});
