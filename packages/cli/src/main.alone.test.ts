import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnNode } from '@tenantry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { mode } from '../../admin/src/admin.fixture.ts';
import { lab, TOKENS, useCliLab } from './cli.fixture.ts';
import { labEnv, MAIN, SOURCES, shell } from './shell.fixture.ts';

useCliLab();

// C2
it('ends with 0 and says nothing where nobody reads any more', async () => {
  // More than a pipe holds.
  expect((await shell('tenantry openapi')).out.length).toBeGreaterThan(100_000);
  expect(await shell('tenantry openapi | head -1')).toEqual({ code: 0, out: '{\n', err: '' });
});

// C2
it('prints no colours, asks nothing and moves no cursor where there is no terminal', async () => {
  await lab.store.tenant('acme').set(mode, 'on');
  const list = await shell('tenantry list acme < /dev/null');
  expect(list).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^CONFIG +STATE/) });
  const add = await shell('tenantry profile add x --url http://127.0.0.1:1 < /dev/null');
  expect(add).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^tenantry: INVALID_OPTION: [^\n]+\n$/),
  });
  for (const { out, err } of [list, add]) expect(out + err).not.toMatch(/[^\P{Cc}\n]/u);
});

// C2
it.each(['SIGINT'] as const)('ends with 130 at %s, without a stack, while it waits for changes', async signal => {
  await using watch = spawnNode(MAIN, ['watch', 'acme'], labEnv());
  await watch.waitForLine(/"ready"/);
  await watch.kill(signal);
  expect(await watch.exit).toBe(130);
  expect(watch.lines).toHaveLength(1);
});

// C2
it.each([
  ['a value', ['set', 'acme', 'mode', '-']],
  ['a token', ['profile', 'add', 'waits', '--url', 'http://127.0.0.1:1']],
])('ends with 130 at Ctrl-C while it waits for %s on stdin', async (_, words) => {
  const child = spawn(process.execPath, ['--import', SOURCES, fileURLToPath(MAIN), ...words, '--debug'], {
    env: { ...process.env, ...labEnv() },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // More than a pipe holds: once it is taken, the program reads.
  await new Promise<void>(resolve => child.stdin.write(' '.repeat(1_000_000), () => resolve()));
  child.stdin.on('error', () => undefined);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
});

const hasTerminals = spawnSync('script', ['--version']).status === 0;

it.skipIf(!hasTerminals)(
  'asks for a token on a terminal without showing it, and ends with 130 at Ctrl-C (skipped where there is no `script`)',
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
    const main = [process.execPath, '--import', SOURCES, fileURLToPath(MAIN)].map(word => `'${word}'`).join(' ');
    const type = async (keys: string) => {
      const words = ['-qfec', `${main} profile add typed --url ${lab.url} --color always`, '/dev/null'];
      const child = spawn('script', words, { env: { ...process.env, XDG_CONFIG_HOME: home } });
      let seen = '';
      let isTyped = false;
      child.stdout.on('data', (chunk: Buffer) => {
        seen += chunk;
        if (isTyped || !seen.includes('(not shown)')) return;
        isTyped = true;
        child.stdin.write(keys);
      });
      const [code] = await once(child, 'close');
      return { code, seen };
    };
    expect(await type('\u0003')).toEqual({ code: 130, seen: 'Token (not shown): \r\n' });
    expect(await type('\u0004')).toMatchObject({ code: 1, seen: expect.stringContaining('There is no token') });
    const typed = await type(`${TOKENS.root}\r`);
    expect(typed).toEqual({ code: 0, seen: `Token (not shown): \r\nprofile typed: ${lab.url}\r\n` });
    expect(await readFile(join(home, 'tenantry/config.json'), 'utf8')).toContain(TOKENS.root);
  },
);

// C9
it.each([
  ['--version', []],
  ['list acme', ['@tenantry/admin-api', 'commander']],
  ['watch --help', ['commander', 'eventsource-parser']],
])('%s loads no ORM, no queue and no table of routes', async (words, wanted) => {
  const { code, err } = await shell(`tenantry ${words} > /dev/null`, { NODE_DEBUG: 'esm' });
  expect(code).toBe(0);
  const files = [...err.matchAll(/Storing file:\/\/(\S+)/g)].map(([, file = '']) => file);
  expect(files.some(file => file.endsWith('/cli/src/main.ts'))).toBe(true);
  const loaded = files.flatMap(file => {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    const [, own] = /\/packages\/([^/]+)\/src\//.exec(file) ?? [];
    return name ?? (own === undefined || own === 'cli' || own === 'testing' ? [] : `@tenantry/${own}`);
  });
  expect([...new Set(loaded)].sort()).toEqual(wanted);
  // The paths of the routes alone: the table has every schema.
  expect(files.filter(file => file.includes('/admin-api/src/')).every(file => file.endsWith('/paths.ts'))).toBe(true);
});
