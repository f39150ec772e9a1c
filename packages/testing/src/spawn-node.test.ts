import { expect, it } from 'vitest';
import { spawnNode } from './spawn-node.ts';

const echo = new URL('./echo.fixture.ts', import.meta.url);

it('runs our TypeScript as it is, other packages of ours included, and talks to it', async () => {
  const child = spawnNode(echo, ['one'], { TWO: 'two' });
  expect(await child.waitForLine('ready')).toBe('ready one two');
  child.send({ say: 'hello' });
  expect(await child.waitForLine(/^said/)).toBe('said hello');
  child.send({ exit: 3 });
  expect(await child.exit).toBe(3);
});

it('kills at once unless told otherwise', async () => {
  const child = spawnNode(echo);
  await child.waitForLine('ready');
  await child.kill();
  expect(await child.exit).toBe('SIGKILL');
});

it('shows what the script said when a line does not come', async () => {
  const child = spawnNode(echo, ['here']);
  await child.waitForLine('ready');
  await expect(child.waitForLine('never', 20)).rejects.toThrow('ready here');
  // Nobody waits for a process that has ended.
  const waiting = expect(child.waitForLine('never')).rejects.toThrow(/has ended without .*never.*ready here/s);
  await child.kill();
  await waiting;
});
