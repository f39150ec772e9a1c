import { fileURLToPath } from 'node:url';
import { type NodeProcess, spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { freshDir } from '../../../../dev/src/folder.fixture.ts';

const DEFINITIONS = fileURLToPath(new URL('../../../../dev/src/definitions.fixture.ts', import.meta.url));
const spawn = (...words: readonly string[]): NodeProcess =>
  spawnNode(new URL('../../main.ts', import.meta.url), words, {});

it.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
  'tenantry dev serves a folder until %s, and a file that is wrong is told',
  async signal => {
    await using files = await freshDir();
    await files.write('tenants/acme/limits.yaml', 'seats: 2\n');
    await files.write('tenants/beta/limits.yaml', 'seats: many\n');
    await files.write('tenants/gamma/limits.yaml', 'seats: 2\nsaets: 3\n');
    await using program = spawn('dev', files.dir, '--definitions', DEFINITIONS, '--port', '0');
    const line = await program.waitForLine(/ready at/);
    const [, url] = /^ready at (http:\/\/127\.0\.0\.1:\d+)$/.exec(line) ?? [];
    const answer = await fetch(`${url}/api/v1/tenants/acme/configs/limits`);
    expect(await answer.json()).toMatchObject({ state: 'set', json: '{"seats":2}' });
    // On another pipe.
    await program.waitForLine('tenants/beta/limits.yaml:1:1: "limits": seats:');
    await program.waitForLine('tenants/gamma/limits.yaml:2:1: warning: "limits": the schema does not name /saets');
    await program.kill(signal);
    expect(await program.exit).toBe(0);
    expect(program.lines.join('\n')).not.toMatch(/Error|at file:/);
  },
);

it.concurrent.each([
  [['dev', '/tmp'], /--definitions FILE` is missing/],
  [['dev', '/tmp', '--definitions', '/nowhere.ts'], /INVALID_OPTION: The definitions \/nowhere\.ts are not there/],
  [['dev', '/tmp', '--definitions', fileURLToPath(new URL('./load-part.ts', import.meta.url))], /exports no config/],
  [['dev'], /missing|dir/],
])('%j is refused, and says why', async (words, line) => {
  await using program = spawn(...words);
  expect(await program.exit).toBe(1);
  expect(program.lines.join('\n')).toMatch(line);
  expect(program.lines.join('\n')).not.toMatch(/at file:/);
});

it.concurrent('a port that is taken is said in a line', async () => {
  await using files = await freshDir();
  await using first = spawn('dev', files.dir, '--definitions', DEFINITIONS, '--port', '0');
  const [, port] = /:(\d+)$/.exec(await first.waitForLine(/ready at/)) ?? [];
  await using second = spawn('dev', files.dir, '--definitions', DEFINITIONS, '--port', String(port));
  expect(await second.exit).toBe(1);
  expect(second.lines.join('\n')).toMatch(/UNAVAILABLE: The port is taken/);
});
