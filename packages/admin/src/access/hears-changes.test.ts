import type { HealthReason } from '@tenantry/sdk';
import { expect, it } from 'vitest';
import { hearsChanges } from './hears-changes.ts';

it.each([
  ['redis', false],
  ['feed', false],
  ['refused', false],
  ['closed', false],
  ['source', true],
  ['breaker', true],
] as const)('a client whose health says %s hears changes: %s', (kind, hears) => {
  const reason: HealthReason = { kind, why: '', ageMs: 0, failures: 1, lastError: undefined };
  expect(hearsChanges({ health: () => [reason] })).toBe(hears);
  expect(hearsChanges({ health: () => null })).toBe(true);
});
