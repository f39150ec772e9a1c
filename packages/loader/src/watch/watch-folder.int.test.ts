import { appendFile, mkdir, open, rename, rm, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@tenantry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderWith } from '../folder/folder.fixture.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { watchFolder } from './watch-folder.ts';
import type { WatchOptions } from './watch-options.ts';

function watched(dir: string, options: WatchOptions = {}) {
  const scans: FolderScan[] = [];
  const subscription = watchFolder(dir, { settleMs: 20, scanMs: 50, ...options }).subscribe(scan => scans.push(scan));
  onTestFinished(() => subscription.unsubscribe());
  const said = () =>
    Object.fromEntries(scans.at(-1)?.documents.map(({ config, json }) => [config, JSON.parse(json)]) ?? []);
  return { scans, said, says: (value: unknown) => eventually(() => expect(said()).toEqual(value)) };
}

// L7: with events, and where the system sends none
describe.each([
  ['with events', { scanMs: 60_000, hashMs: 0 }],
  ['without events', { maxWatched: 0, hashMs: 0 }],
] as const)('a change of a file %s is found', (_, options) => {
  const PATH = 'tenants/acme/limits.yaml';

  it.each<[string, (path: string, dir: string) => Promise<void>]>([
    ['truncated and written', async path => writeFile(path, 'max: 2')],
    ['of the same size', async path => writeFile(path, 'max: 2')],
    [
      'with an older time',
      async path => {
        await writeFile(path, 'max: 2');
        await utimes(path, 1_000, 1_000);
      },
    ],
    [
      'renamed over the old one',
      async (path, dir) => {
        await writeFile(join(dir, 'tenants/acme/.limits.yaml.tmp'), 'max: 2');
        await rename(join(dir, 'tenants/acme/.limits.yaml.tmp'), path);
      },
    ],
    [
      'as vim saves it',
      async path => {
        const probe = join(path, '..', '4913');
        await writeFile(probe, '');
        await unlink(probe);
        await rename(path, `${path}~`);
        await writeFile(path, 'max: 2');
        await unlink(`${path}~`);
      },
    ],
    [
      'deleted and made anew',
      async path => {
        await rm(path);
        await writeFile(path, 'max: 2');
      },
    ],
    [
      'in a folder that was made anew',
      async (path, dir) => {
        await rm(join(dir, 'tenants'), { recursive: true });
        await mkdir(join(dir, 'tenants/acme'), { recursive: true });
        await writeFile(path, 'max: 2');
      },
    ],
    [
      'byte by byte',
      async path => {
        const file = await open(path, 'w');
        for (const character of 'max: 2') await file.write(character);
        await file.close();
      },
    ],
  ])('%s', async (_name, save) => {
    const dir = await folderWith({ [PATH]: 'max: 1' });
    const { says } = watched(dir, options);
    await says({ limits: { max: 1 } });
    await save(join(dir, PATH), dir);
    await says({ limits: { max: 2 } });
  });
});

it('a change that keeps size and times of the file is found by its content', async () => {
  const dir = await folderWith({ 'global/limits.yaml': 'max: 1' });
  const path = join(dir, 'global/limits.yaml');
  const file = await open(path, 'r+');
  const { says } = watched(dir, { maxWatched: 0, hashMs: 100 });
  await says({ limits: { max: 1 } });
  const before = await file.stat();
  await file.write('max: 2', 0);
  await file.utimes(before.atime, before.mtime);
  await file.close();
  await says({ limits: { max: 2 } });
});

it('half of a file is never told, if the other half comes within its time', async () => {
  const dir = await folderWith({ 'global/limits.yaml': 'max: 1\nburst: 1\n' });
  const settleMs = 2_000;
  const { scans, says } = watched(dir, { settleMs, settleMaxMs: 60_000 });
  await says({ limits: { max: 1, burst: 1 } });
  const path = join(dir, 'global/limits.yaml');
  /** Those whose other half a busy machine let come later: nothing is promised of them. */
  const late = new Set<number>();
  for (let i = 2; i <= 40; i++) {
    const began = performance.now();
    // A text that parses, and is not all.
    await truncate(path, 0);
    await appendFile(path, `max: ${i}\n`);
    await appendFile(path, `burst: ${i}\n`);
    if (performance.now() - began >= settleMs) late.add(i);
  }
  expect(late.size).toBeLessThan(20);
  await says({ limits: { max: 40, burst: 40 } });
  for (const { documents } of scans) {
    const { max, burst } = JSON.parse(documents[0]?.json ?? '{}');
    if (!late.has(max)) expect(burst).toBe(max);
  }
});

// L1
it('a mount that is swapped a thousand times is told as one of its states, and at the end as the last', async () => {
  const dir = await folderWith();
  const files = Array.from({ length: 5 }, (_, i) => `part-${i}.yaml`);
  const swap = async (state: number) => {
    const name = `..state_${state}`;
    const folder = join(dir, name, 'global');
    await mkdir(folder, { recursive: true });
    await Promise.all(files.map(file => writeFile(join(folder, file), `state: ${state}`)));
    await symlink(name, join(dir, '..data_tmp'));
    await rename(join(dir, '..data_tmp'), join(dir, '..data'));
    if (state === 0) return;
    const old = join(dir, `..state_${state - 1}`);
    // One after the other: a look may meet a half.
    for (const file of files) await unlink(join(old, 'global', file));
    await rm(old, { recursive: true });
  };
  await swap(0);
  await symlink('..data/global', join(dir, 'global'));
  // As long as a busy machine may take from one look that meets no swap to the next.
  const { scans, said } = watched(dir, { settleMs: 0, settleMaxMs: 120_000 });
  for (let state = 1; state <= 1_000; state++) await swap(state);
  const last = Object.fromEntries(files.map(file => [file.replace('.yaml', ''), { state: 1_000 }]));
  await eventually(() => expect(said()).toEqual(last));
  expect(scans.length).toBeGreaterThan(10);
  for (const scan of scans) {
    expect(scan.isThere).toBe(true);
    expect(scan.problems).toEqual([]);
    expect(new Set(scan.documents.map(({ json }) => json)).size).toBe(1);
    expect(scan.documents).toHaveLength(files.length);
  }
});

it('a folder that is gone is told, and comes back', async () => {
  const dir = await folderWith({ 'global/limits.yaml': 'max: 1' });
  const { scans, says } = watched(dir);
  await says({ limits: { max: 1 } });
  await rename(dir, `${dir}-gone`);
  await eventually(() => expect(scans.at(-1)?.isThere).toBe(false));
  await rename(`${dir}-gone`, dir);
  await says({ limits: { max: 1 } });
  await writeFile(join(dir, 'global/limits.yaml'), 'max: 2');
  await says({ limits: { max: 2 } });
});

it('a folder that never holds still is told, and comes back: a mount whose `..data` leads to nothing', async () => {
  const dir = await folderWith();
  await symlink('..2026', join(dir, '..data'));
  await symlink('..data/global', join(dir, 'global'));
  const { scans, says } = watched(dir, { settleMaxMs: 200 });
  await eventually(() => expect(scans).toHaveLength(1));
  expect(scans[0]).toMatchObject({ isThere: false, problems: [{ code: 'CHANGING' }] });
  await mkdir(join(dir, '..2026/global'), { recursive: true });
  await writeFile(join(dir, '..2026/global/limits.yaml'), 'max: 1');
  await says({ limits: { max: 1 } });
});
