import { expect, it } from 'vitest';
import { Attempts } from './attempts.ts';
import { TenantryError } from './tenantry-error.ts';

it('counts failures in a row, with the last error and since when, and begins anew after a success', () => {
  // F6
  let now = 1_000;
  const attempts = new Attempts(() => now);
  expect(attempts).toMatchObject({ consecutiveFailures: 0, lastError: undefined, lastAttemptAt: undefined });
  const errors = [1, 2, 3].map(n => new TenantryError('UNAVAILABLE', String(n)));
  for (const error of errors) {
    attempts.failed(error);
    now += 100;
  }
  expect(attempts).toMatchObject({
    consecutiveFailures: 3,
    lastError: errors[2],
    lastAttemptAt: 1_200,
    failingSince: 1_000,
  });
  attempts.succeeded();
  expect(attempts).toMatchObject({
    consecutiveFailures: 0,
    lastError: undefined,
    lastAttemptAt: 1_300,
    failingSince: undefined,
  });
  now = 2_000;
  attempts.failed(errors[0] as TenantryError);
  expect(attempts).toMatchObject({ consecutiveFailures: 1, failingSince: 2_000 });
});
