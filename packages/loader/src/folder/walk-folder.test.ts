import { rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWith } from './folder.fixture.ts';
import { walkFolder } from './walk-folder.ts';

const STATES = {
  'old/global/a.yaml': '1',
  'old/global/b.yaml': '1',
  'new/global/a.yaml': '2',
  'new/global/b.yaml': '2',
};

// L1
it.each([
  ['the folder itself', 'current', ''],
  ['`..data`', 'mount/..data', 'mount'],
  ['the folder of a scope', 'plain/global', 'plain'],
])('what was found behind a link that leads elsewhere by now is no state: %s', async (_, link, from) => {
  const base = await folderWith({
    ...Object.fromEntries(Object.entries(STATES).map(([path, text]) => [join(from, `.${path}`), text])),
  });
  const to = (state: string) => (link.endsWith('global') ? `.${state}/global` : `.${state}`);
  await symlink(to('old'), join(base, link));
  const walk = await walkFolder(join(base, from === '' ? link : from), 10);
  expect(walk.files).toBe(2);
  await walk.checkLinks();
  await symlink(to('new'), join(base, `${link}_tmp`));
  await rename(join(base, `${link}_tmp`), join(base, link));
  await expect(walk.checkLinks()).rejects.toThrow('The folder changed while it was scanned.');
  await rm(join(base, link));
  await expect(walk.checkLinks()).rejects.toThrow('The folder changed while it was scanned.');
});
