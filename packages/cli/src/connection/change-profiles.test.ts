import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder } from '../fresh-folder.fixture.ts';
import { changeProfiles } from './change-profiles.ts';
import { lockFile } from './file-lock.ts';
import { type Profiles, readProfiles } from './profiles.ts';

const { signal } = new AbortController();
const put = (path: string, profiles: Profiles) => changeProfiles(path, signal, () => profiles);
const add = (path: string, name: string) =>
  changeProfiles(path, signal, all => ({ ...all, profiles: { ...all.profiles, [name]: { url: 'http://x' } } }));

it('what was written is read, and is for its owner alone', async () => {
  const path = join(await freshFolder(), 'tenantry/config.json');
  expect(await readProfiles(path)).toEqual({ profiles: {} });
  const kept = { current: 'a', profiles: { a: { url: 'http://x', token: 'secret' } } };
  await put(path, kept);
  expect(await readProfiles(path)).toEqual(kept);
  expect([(await stat(path)).mode & 0o777, (await stat(dirname(path))).mode & 0o777]).toEqual([0o600, 0o700]);
});

it('none of many changes at the same time is lost, and nothing is left beside the file', async () => {
  const path = join(await freshFolder(), 'config.json');
  const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
  await Promise.all(names.map(name => add(path, name)));
  expect(Object.keys((await readProfiles(path)).profiles).sort()).toEqual(names.sort());
  expect(await readdir(dirname(path))).toEqual(['config.json']);
});

it('a change that throws leaves the file as it is, and the next one need not wait', async () => {
  const path = join(await freshFolder(), 'config.json');
  await add(path, 'a');
  await expect(
    changeProfiles(path, signal, () => {
      throw new RangeError('no');
    }),
  ).rejects.toThrow(RangeError);
  expect(await readdir(dirname(path))).toEqual(['config.json']);
  await add(path, 'b');
  expect(Object.keys((await readProfiles(path)).profiles)).toEqual(['a', 'b']);
});

it('a holder that lost its lock while it was stopped begins anew, from what another has written', async () => {
  const path = join(await freshFolder(), 'config.json');
  const seen: string[][] = [];
  await changeProfiles(path, signal, all => {
    seen.push(Object.keys(all.profiles));
    // What the others do while this process is stopped, its draft not written yet.
    if (seen.length === 1) {
      rmSync(`${path}.lock`);
      writeFileSync(path, '{"profiles":{"theirs":{"url":"http://x"}}}', { mode: 0o600 });
    }
    return { profiles: { ...all.profiles, mine: { url: 'http://x' } } };
  });
  expect(seen).toEqual([[], ['theirs']]);
  expect(Object.keys((await readProfiles(path)).profiles)).toEqual(['theirs', 'mine']);
});

it('a link to the file stays one, and what it leads to is written', async () => {
  const folder = await freshFolder();
  const [path, link] = [join(folder, 'dotfiles.json'), join(folder, 'config.json')];
  await put(path, { profiles: {} });
  await symlink(path, link);
  // By two names the file is one.
  await Promise.all([add(link, 'a'), add(path, 'b')]);
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(Object.keys(JSON.parse(await readFile(path, 'utf8')).profiles).sort()).toEqual(['a', 'b']);
});

it('where it cannot be written the program says so', async () => {
  const folder = await freshFolder();
  await writeFile(join(folder, 'tenantry'), 'a file in the place of the folder');
  await expect(add(join(folder, 'tenantry', 'config.json'), 'a')).rejects.toMatchObject({
    ...{ code: 'INVALID_OPTION', message: expect.stringMatching(/cannot be written \(E\w+\): the profiles stay/) },
  });
});

it.skipIf(!existsSync('/proc/self'))(
  'a folder that nobody can write to is said at once (skipped where there is no /proc)',
  async () => {
    for (const path of ['/proc/self/config.json', '/proc/none/tenantry/config.json', '/sys/config.json'])
      await expect(add(path, 'a')).rejects.toMatchObject({
        ...{ code: 'INVALID_OPTION', message: expect.stringMatching(/cannot be written \(E\w+\): the profiles stay/) },
      });
  },
);

it('Ctrl-C ends the wait for another one', async () => {
  const path = join(await freshFolder(), 'config.json');
  await using _ = { [Symbol.asyncDispose]: (await lockFile(path, signal)).release };
  const interrupt = new AbortController();
  const waits = changeProfiles(path, interrupt.signal, all => all);
  interrupt.abort(new RangeError('Ctrl-C'));
  await expect(waits).rejects.toMatchObject({ name: 'AbortError' });
});

it('a folder of the name of the lock, which no program of ours makes, is taken away, too', async () => {
  const path = join(await freshFolder(), 'config.json');
  await mkdir(`${path}.lock/below`, { recursive: true });
  await (await lockFile(path, signal, { abandonedMs: 50 })).release();
  expect(await readdir(dirname(path))).toEqual([]);
});
