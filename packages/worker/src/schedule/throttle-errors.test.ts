import { TenantryError } from '@tenantry/protocol';
import { expect, it } from 'vitest';
import { throttleErrors } from './throttle-errors.ts';

const trouble = (message: string) => new TenantryError('UNAVAILABLE', message);

it('tells the same trouble once a minute, and another one at once', () => {
  const told: string[] = [];
  let now = 0;
  const report = throttleErrors(
    error => told.push(error.message),
    () => now,
  );
  for (now = 0; now < 60_000; now += 500) report(trouble('a'));
  expect(told).toEqual(['a']);
  report(trouble('b'));
  report(trouble('a'));
  expect(told).toEqual(['a', 'b', 'a']);
});

it('survives an onError that throws', () => {
  const report = throttleErrors(() => {
    throw new Error('mine');
  });
  expect(() => report(trouble('a'))).not.toThrow();
});
