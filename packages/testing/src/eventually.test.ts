import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';

it('returns the first truthy result, or the end of an assertion that does not throw', async () => {
  let tries = 0;
  expect(await eventually(() => (++tries >= 3 ? tries : 0))).toBe(3);
  await eventually(() => {
    expect(++tries).toBeGreaterThan(5);
  });
  expect(tries).toBe(6);
});

it('says what it waited for and why it gave up, and keeps the last failure as the cause', async () => {
  const failure = new Error('still empty');
  const attempt = (): never => {
    throw failure;
  };
  const error = await eventually(attempt, { timeoutMs: 20, message: 'the cache to fill' }).catch(caught => caught);
  expect(error.message).toMatch(/^Waited \d+ ms \(\d+ tries\) for the cache to fill: still empty$/);
  expect(error.cause).toBe(failure);
});

it('counts a falsy result as a failure, too', async () => {
  await expect(eventually(() => false, { timeoutMs: 10 })).rejects.toThrow('it was false');
});
