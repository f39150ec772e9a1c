import { mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, spawnNode, startFaultProxy } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { mode, seats } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';

useCliLab();
const MAIN = new URL('../../main.ts', import.meta.url);
const CONFIG = fileURLToPath(new URL('./load-config.fixture.ts', import.meta.url));
const WORKER_CONFIG = fileURLToPath(new URL('./worker-config.fixture.ts', import.meta.url));
const spawn = (words: readonly string[], database: object = lab.system.database) => {
  const { host, port } = lab.system.redis.options;
  const settings = { database, prefix: lab.system.prefix, redisUrl: `redis://${host}:${port}` };
  return spawnNode(MAIN, words, { TEST_PART_CONFIG: JSON.stringify(settings) });
};
const folderWith = async (files: Readonly<Record<string, string>>) => {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
};

it('load brings a folder into the store once: 2 where it would, 0 where it did, 4 where a part was refused', async () => {
  const folder = await folderWith({ 'tenants/acme/seats.yaml': 'seats: 3\n', 'tenants/acme/mode.json': '"on"' });
  const load = async (...words: string[]) => {
    await using program = spawn(['load', folder, '--config', CONFIG, ...words]);
    return [await program.exit, ...program.lines];
  };
  expect(await load('--dry-run')).toEqual([
    2,
    expect.stringMatching(/^create /),
    expect.stringMatching(/^create /),
    '2 files: 2 create',
  ]);
  expect(await lab.store.tenant('acme').get(seats)).toBeUndefined();
  expect((await load('--once')).at(-1)).toBe('2 files: 2 create');
  expect(await lab.store.tenant('acme').get(seats)).toMatchObject({ value: { seats: 3 } });
  await writeFile(join(folder, 'tenants/acme/mode.json'), '"maybe"');
  const partly = await load();
  expect(partly[0]).toBe(4);
  expect(partly.join('\n')).toMatch(/tenants\/acme\/mode\.json/);
});

it('load --watch imports what changes until it is told to stop, and ends with 0', async () => {
  const folder = await folderWith({ 'tenants/watched/mode.yaml': '"on"\n' });
  await using program = spawn(['load', folder, '-c', CONFIG, '--watch']);
  await program.waitForLine('1 file: 1 create');
  await writeFile(join(folder, 'tenants/watched/mode.yaml'), '"off"\n');
  await eventually(async () => expect(await lab.store.tenant('watched').get(mode)).toMatchObject({ value: 'off' }));
  await program.kill('SIGTERM');
  expect(await program.exit).toBe(0);
});

it('load --watch says once what goes on to be wrong, and nothing where all is the same', async () => {
  const folder = await folderWith({ 'tenants/quiet/mode.yaml': '"on"\n', 'tenants/quiet/seats.yaml': 'seats: [\n' });
  const config = join(folder, 'load.config.ts');
  await writeFile(
    config,
    `import open from ${JSON.stringify(CONFIG)};\nexport default async () => ({ ...(await open()), compareMs: 50 });\n`,
  );
  await using program = spawn(['load', folder, '-c', config, '--watch']);
  await program.waitForLine(/1 create/);
  // Somebody changes the value: what others have set is news once, too, however often it is seen.
  await lab.store.tenant('quiet').set(mode, 'off');
  await program.waitForLine(/1 drift/);
  // At once: a file that is written in its place is empty for a moment, which would be told, too.
  await writeFile(join(folder, 'seats.new'), 'seats: 4\n');
  await rename(join(folder, 'seats.new'), join(folder, 'tenants/quiet/seats.yaml'));
  await program.waitForLine(/1 create, .*1 drift/);
  await program.kill('SIGTERM');
  expect(await program.exit).toBe(0);
  const sums = program.lines.filter(line => / files?: /.test(line));
  expect(sums).toHaveLength(3);
  expect(program.lines.filter(line => line.startsWith('drift mode of tenants/quiet'))).toHaveLength(1);
});

it('load ends with 130 at Ctrl-C, also while the database answers nothing', async () => {
  const { hostname, port } = new URL(lab.system.database.url);
  await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  const url = new URL(lab.system.database.url);
  url.host = `${proxy.host}:${proxy.port}`;
  const folder = await folderWith({ 'tenants/late/mode.yaml': '"on"\n' });
  proxy.set('stall');
  await using program = spawn(['load', folder, '-c', CONFIG], { ...lab.system.database, url: url.href });
  // The start of a program, on a busy machine.
  await eventually(() => expect(proxy.connections).toBeGreaterThan(0), { timeoutMs: 90_000 });
  await program.kill('SIGINT');
  expect(await program.exit).toBe(130);
  expect(program.lines).toEqual([]);
});

it('worker is the program of the worker', async () => {
  await using program = spawn(['worker', '--config', WORKER_CONFIG]);
  await program.waitForLine('tenantry-worker: ready');
  await program.kill('SIGTERM');
  expect(await program.exit).toBe(0);
  expect(program.lines.at(-1)).toBe('tenantry-worker: stopped');
  await using audit = spawn(['worker', 'audit', '--config', WORKER_CONFIG, '--json']);
  expect([await audit.exit, JSON.parse(audit.lines.at(-1) ?? '')]).toEqual([
    0,
    { summary: expect.objectContaining({ left: 0 }) },
  ]);
});

it('admin is the program of the admin', async () => {
  await using program = spawn(['admin']);
  expect(await program.exit).toBe(1);
  expect(program.lines).toEqual([expect.stringMatching(/^tenantry-admin: INVALID_OPTION: `--config FILE` is missing/)]);
});

it('a part that cannot be started says why', async () => {
  expect((await tenantry(['load', 'x'])).err).toBe('tenantry: INVALID_OPTION: --config FILE is missing.\n');
  const missing = await tenantry(['load', 'x', '--config', '/nowhere.js']);
  expect(missing).toMatchObject({
    code: 1,
    err: 'tenantry: INVALID_OPTION: The config /nowhere.js is not there.\n',
  });
  const folder = await folderWith({
    'throws.mjs': "throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });",
    'opens.mjs': "throw new Error('cannot open mysql://root:canary@db:3306/app');",
  });
  const failed = async (file: string) => (await tenantry(['load', 'x', '--config', join(folder, file)])).err;
  expect(await failed('throws.mjs')).toContain('throws.mjs failed with connect ECONNREFUSED 127.0.0.1:1\n');
  expect(await failed('opens.mjs')).toContain('failed with cannot open mysql://…@db:3306/app\n');
  for (const program of ['worker', 'admin']) {
    await using started = spawn([program, '--config', '/nowhere.js']);
    expect([await started.exit, started.lines]).toEqual([
      1,
      [`tenantry-${program}: INVALID_OPTION: The config /nowhere.js is not there.`],
    ]);
  }
  expect((await tenantry(['worker', 'nope'])).err).toContain('There is no "worker nope"');
});
