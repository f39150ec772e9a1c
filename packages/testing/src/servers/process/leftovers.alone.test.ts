import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../../eventually.ts';
import { spawnNode } from '../../spawn-node.ts';
import { createPrivateFolder } from './private-folder.ts';
import { identify } from './process-table.ts';

const owner = new URL('./owner.fixture.ts', import.meta.url);

it('leaves nothing running when it is interrupted, and nothing lying about', async () => {
  const child = spawnNode(owner);
  const [, pid, path] = (await child.waitForLine('redis')).split(' ') as [string, string, string];
  expect([isRunning(pid), existsSync(path)]).toEqual([true, true]);
  child.send('exit');
  await child.exit;
  await eventually(() => !isRunning(pid));
  expect(existsSync(path)).toBe(false);
});

it('has its leavings swept by the next run when it was killed outright', async () => {
  const child = spawnNode(owner);
  const [, pid, path] = (await child.waitForLine('redis')).split(' ') as [string, string, string];
  // Before: once it is killed, whoever starts a server beside this test sweeps, too, and may be in the middle of it.
  expect(existsSync(path)).toBe(true);
  await child.kill('SIGKILL');
  const next = createPrivateFolder('next');
  await eventually(() => !isRunning(pid));
  await eventually(() => expect(existsSync(path)).toBe(false));
  expect(existsSync(next.path)).toBe(true);
  expect(dirname(next.path)).toBe(dirname(path));
  next.remove();
});

// Not a signal 0, which also reaches the dead until somebody has taken note of their death.
function isRunning(pid: string): boolean {
  return identify(Number(pid)) !== undefined;
}
