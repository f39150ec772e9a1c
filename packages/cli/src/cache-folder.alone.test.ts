import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { freshFolder } from './fresh-folder.fixture.ts';

const MAIN = new URL('./main.ts', import.meta.url);

async function version(XDG_CACHE_HOME: string): Promise<readonly string[]> {
  await using program = spawnNode(MAIN, ['--version'], { XDG_CACHE_HOME });
  expect(await program.exit).toBe(0);
  return program.lines;
}

it('the folder of its cache is made where it is not there, for its owner alone', async () => {
  const folder = join(await freshFolder(), 'not/there');
  expect(await version(folder)).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  for (const path of [join(folder, 'tenantry'), folder, dirname(folder)])
    expect((await stat(path)).mode & 0o777).toBe(0o700);
});

it.skipIf(!existsSync('/proc/self'))(
  'the program runs without a cache where there can be none (skipped where there is no /proc)',
  async () => {
    for (const folder of ['/proc', '/proc/none', '/dev/null', '/sys'])
      expect(await version(folder)).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/)]);
  },
);
