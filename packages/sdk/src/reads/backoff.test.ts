import { TenantryError } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

it('fails at once for longer and longer, up to a limit, until something succeeds', () => {
  let now = 1_000_000;
  const backoff = new Backoff({ backoffMs: 100, maxBackoffMs: 350, clock: () => now, random: () => 1 });
  const error = new TenantryError('UNAVAILABLE', 'away');
  expect(backoff.error).toBeUndefined();
  for (const pause of [100, 200, 350, 350]) {
    backoff.failed(error);
    expect(backoff.remainingMs).toBe(pause);
    now += pause - 1;
    expect(backoff.error).toBe(error);
    now += 1;
    expect(backoff.error).toBeUndefined();
  }
  backoff.failed(error);
  backoff.succeeded();
  expect(backoff.error).toBeUndefined();
  backoff.failed(error);
  expect(backoff.remainingMs).toBe(100);
});

it('spreads those that failed together over half of the pause', () => {
  const pauses = [0, 1].map(chance => {
    const backoff = new Backoff({ backoffMs: 100, maxBackoffMs: 2_000, clock: () => 1, random: () => chance });
    backoff.failed(new TenantryError('UNAVAILABLE', 'away'));
    return backoff.remainingMs;
  });
  expect(pauses).toEqual([50, 100]);
});
