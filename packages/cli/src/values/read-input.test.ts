import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder } from '../fresh-folder.fixture.ts';
import { readInput } from './read-input.ts';

const { signal } = new AbortController();
const cannot = (code: string | undefined) => `no: ${code}`;

it('a file is read, and one that is too long or cannot be read is said to be so', async () => {
  const dir = await freshFolder();
  await writeFile(join(dir, 'a'), 'abc');
  const read = (name: string, mostBytes?: number) => readInput(join(dir, name), cannot, { signal, mostBytes });
  expect(String(await read('a'))).toBe('abc');
  expect(String(await read('a', 3))).toBe('abc');
  const refused = (message: unknown) => expect.objectContaining({ code: 'INVALID_OPTION', message });
  await expect(read('a', 2)).rejects.toEqual(refused(`${join(dir, 'a')} is longer than 2 bytes. Nothing was written.`));
  await expect(read('b')).rejects.toEqual(refused('no: ENOENT'));
  await expect(read('')).rejects.toEqual(refused('no: EISDIR'));
});

it.skipIf(!existsSync('/dev/zero'))(
  'a device without an end is not read for ever (skipped where there is none)',
  async () => {
    await expect(readInput('/dev/zero', cannot, { signal, mostBytes: 1_000_000 })).rejects.toMatchObject({
      ...{ code: 'INVALID_OPTION', message: '/dev/zero is longer than 1000000 bytes. Nothing was written.' },
    });
  },
);

it.skipIf(process.platform === 'win32')(
  'Ctrl-C ends the wait for a pipe that nobody writes to (skipped on Windows)',
  async () => {
    const path = join(await freshFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    const interrupt = new AbortController();
    const reads = readInput(path, cannot, { signal: interrupt.signal });
    interrupt.abort();
    await expect(reads).rejects.toMatchObject({ name: 'AbortError' });
    // The call that waits goes on with this.
    await (await open(path, 'r+')).close();
  },
);
