import { fileURLToPath } from 'node:url';
import { type NodeProcess, spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { openSystem } from '../../mikro-orm/src/system.fixture.ts';

const CONFIG = fileURLToPath(new URL('./admin-config.fixture.ts', import.meta.url));
const spawn = (args: readonly string[], settings: object = {}): NodeProcess =>
  spawnNode(new URL('./main.ts', import.meta.url), args, { TEST_ADMIN_CONFIG: JSON.stringify(settings) });

it.concurrent('the program serves until it is told to stop, and ends with nothing left', async () => {
  await using system = await openSystem({ sync: [], tenantry: { admin: true, configs: [] } });
  const { host, port } = system.redis.options;
  const settings = { database: system.database, prefix: system.prefix, redisUrl: `redis://${host}:${port}` };
  await using program = spawn(['--config', CONFIG], settings);
  const line = await program.waitForLine(/ready at/);
  // On another pipe.
  await program.waitForLine(/no `auth` is configured/);
  const [, url] = /ready at (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
  const get = async (path: string) => (await fetch(`${url}/api/v1${path}`)).json();
  expect(await get('/me')).toMatchObject({ id: 'local' });
  expect(await get('/tenants/acme/configs/mode')).toMatchObject({ state: 'default', effectiveJson: '"off"' });
  await program.kill('SIGTERM');
  expect(program.lines.slice(-2)).toEqual(['tenantry-admin: stopping', 'tenantry-admin: stopped']);
  expect(await program.exit).toBe(0);
});

it.concurrent.each<[args: string[], code: number, line: RegExp]>([
  [['--help'], 0, /^Usage: tenantry-admin --config FILE/],
  [[], 1, /`--config FILE` is missing/],
  [['--nope'], 1, /INVALID_OPTION: .*--nope/],
  [['--config', 'x.ts', '--port', '70000'], 1, /`--port` must be a whole number/],
  [['--config', '/nowhere/admin.config.ts'], 1, /The config \/nowhere\/admin\.config\.ts is not there/],
])('%j ends with %i and says why', async (args, code, line) => {
  await using program = spawn(args);
  expect(await program.exit).toBe(code);
  expect(program.lines.join('\n')).toMatch(line);
});
