import { BUSY_MS, closeLives, freshPrefix } from '@tenantry/testing';
import { expect, it } from 'vitest';

it('leaves nothing behind a close that keeps a process alive, whatever Redis does', { timeout: 120_000 }, async () => {
  await using own = freshPrefix();
  const args = [own.prefix];
  const lives = ['client of a url', 'client of a connection'];
  const { held, closedMs, lines, exit } = await closeLives(new URL('./lives.fixture.ts', import.meta.url), lives, args);
  expect(held).toEqual({});
  // Nothing on stderr either: no rejection that nobody handled.
  expect(lines).toEqual([]);
  expect(exit).toBe(0);
  for (const [closed, ms] of Object.entries(closedMs)) expect(ms, closed).toBeLessThan(BUSY_MS);
});

it('leaves nothing behind a client that is closed while it connects to a silent Redis', async () => {
  await using own = freshPrefix();
  const life = 'client that starts at once';
  const script = new URL('./lives.fixture.ts', import.meta.url);
  const { held, lines, exit } = await closeLives(script, [life], [own.prefix], ['there']);
  expect(held).toEqual({});
  expect(lines).toEqual([]);
  expect(exit).toBe(0);
});
