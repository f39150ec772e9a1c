import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder } from '../fresh-folder.fixture.ts';
import { readProfiles, readTokenFile } from './profiles.ts';

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

it('a folder in the place of the file is said to be one', async () => {
  const path = join(await freshFolder(), 'config.json');
  await mkdir(path);
  await expect(readProfiles(path)).rejects.toThrow(/is a folder, and no file/);
});

it('the mark of a byte order, which editors on Windows put before a text, is no part of the file', async () => {
  const path = join(await freshFolder(), 'config.json');
  const said = { current: 'a', profiles: { a: { url: 'http://x', token: 'secret' } } };
  await writeFile(path, `\uFEFF${JSON.stringify(said)}\r\n`, { mode: 0o600 });
  expect(await readProfiles(path)).toEqual(said);
  await chmod(path, 0o644);
  await expect(readProfiles(path)).rejects.toMatchObject({ code: 'UNSAFE_FILE' });
  await writeFile(join(path, '../token'), '\uFEFFtoken-of-root\r\n');
  expect(await readTokenFile(join(path, '../token'))).toBe('token-of-root');
});
