import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { freshFolder } from '../fresh-folder.fixture.ts';
import { lockFile } from './file-lock.ts';
import { readProfiles } from './profiles.ts';

const MAIN = new URL('../main.ts', import.meta.url);
const { signal } = new AbortController();

it('what a killed process has left, its lock and a file with a token, is taken away, and nobody waits for ever', async () => {
  const path = join(await freshFolder(), 'config.json');
  await using killed = spawnNode(new URL('./hold-lock.fixture.ts', import.meta.url), [path]);
  await killed.waitForLine('holds');
  await killed.kill();
  expect(await readdir(dirname(path))).toHaveLength(2);
  // By the clock of the one that waits. Several do, and each gets it once.
  const turns = Array.from({ length: 4 }, async () => {
    const lock = await lockFile(path, signal, { abandonedMs: 300 });
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
  });
  await Promise.all(turns);
  expect(await readdir(dirname(path))).toEqual([]);
});

it('programs that add profiles at the same moment keep each other’s', async () => {
  const path = join(await freshFolder(), 'tenantry/config.json');
  const env = { XDG_CONFIG_HOME: dirname(dirname(path)), TENANTRY_URL: '', TENANTRY_TOKEN: '' };
  const names = ['a', 'b', 'c', 'd'];
  const exits = names.map(async name => {
    const url = `http://127.0.0.1:1/${name}`;
    await using program = spawnNode(MAIN, ['profile', 'add', name, '--url', url, '--without-token'], env);
    return await program.exit;
  });
  expect(await Promise.all(exits)).toEqual([0, 0, 0, 0]);
  const { current, profiles } = await readProfiles(path);
  expect(Object.keys(profiles).sort()).toEqual(names);
  expect(names).toContain(current);
  expect(await readdir(dirname(path))).toEqual(['config.json']);
});
