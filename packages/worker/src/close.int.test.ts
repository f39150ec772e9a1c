import { BUSY_MS, closeLives } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { counter, limit } from '../../mikro-orm/src/configs.fixture.ts';
import { openWriter } from './worker.fixture.ts';

it('leaves nothing behind a close that keeps a process alive, whatever Redis does', { timeout: 120_000 }, async () => {
  await using system = await openWriter({ tenantry: { configs: [counter, limit] } });
  const { database, prefix } = system;
  const args = [JSON.stringify({ database, prefix })];
  const lives = ['worker', 'worker source'];
  const { held, closedMs, lines, exit } = await closeLives(new URL('./lives.fixture.ts', import.meta.url), lives, args);
  expect(held).toEqual({});
  // Nothing on stderr either: no rejection that nobody handled.
  expect(lines).toEqual([]);
  expect(exit).toBe(0);
  for (const [closed, ms] of Object.entries(closedMs)) expect(ms, closed).toBeLessThan(1_000 + BUSY_MS);
});
