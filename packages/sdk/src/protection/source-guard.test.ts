import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { feature, limits } from '../published-configs.fixture.ts';
import { checkProtection, type ProtectOptions } from './protect-options.ts';
import { SourceGuard } from './source-guard.ts';

const away = new TenantryError('UNAVAILABLE', 'The database is away.');

function guardOf(options: ProtectOptions) {
  const time = { now: 0 };
  const troubles: unknown[] = [];
  const guard = new SourceGuard({
    protection: checkProtection(options),
    clock: () => time.now,
    report: error => troubles.push(error),
  });
  const fail = (tenant: string, config: AnyConfig = limits, error = away) => guard.begin(tenant, config).failed(error);
  return { guard, time, troubles, fail };
}

describe('a guard of the source', () => {
  it('refuses with the time to wait, and reports once that it opened', () => {
    const { guard, time, troubles, fail } = guardOf({ breaker: { failures: 2, openMs: 500 } });
    fail('acme');
    fail('globex');
    time.now = 100;
    expect(() => guard.begin('initech', limits)).toThrow(
      expect.objectContaining({ code: 'CIRCUIT_OPEN', retryable: true, details: { retryAfterMs: 400 } }),
    );
    expect(troubles).toMatchObject([{ code: 'CIRCUIT_OPEN' }]);
    time.now = 500;
    fail('acme');
    expect(guard.waitMs('acme', limits)).toBe(500);
    expect(troubles).toHaveLength(1);
  });

  it('has one breaker for each config, so that one that fails does not hold back another', () => {
    const { guard, fail } = guardOf({ breaker: { failures: 1 } });
    fail('acme');
    expect(guard.waitMs('acme', limits)).toBe(10_000);
    expect(guard.waitMs('acme', feature)).toBe(0);
  });

  it.each([
    ['not found', new TenantryError('NOT_FOUND', 'no such row')],
    ['an invalid value', new TenantryError('INVALID_VALUE', 'refused')],
    ['aborted', new TenantryError('UNAVAILABLE', 'aborted', { cause: new DOMException('aborted', 'AbortError') })],
  ])('does not open for what says nothing against the source: %s', (_, error) => {
    // R24 (reader)
    const { guard, fail } = guardOf({ breaker: { failures: 1 } });
    for (let i = 0; i < 10; i++) fail('acme', limits, error);
    expect(guard.waitMs('acme', limits)).toBe(0);
  });

  it('takes nothing from the rate while the breaker is open', () => {
    const { guard, time, fail } = guardOf({
      breaker: { failures: 1, openMs: 100 },
      rate: { perSecond: 0.001, burst: 2 },
    });
    fail('acme');
    for (let i = 0; i < 10; i++) expect(guard.refusal('acme', limits)?.code).toBe('CIRCUIT_OPEN');
    time.now = 100;
    guard.begin('acme', limits).answered();
    expect(guard.refusal('acme', limits)).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 999_900 } });
  });

  // I5
  it('counts a tenant that is named by itself, with its own limits; what it leaves out is as for the config', () => {
    const { guard, fail } = guardOf({
      breaker: { failures: 2 },
      configs: { limits: { breaker: { failures: 1, openMs: 50 } }, feature: { breaker: false } },
      tenants: { acme: { breaker: { failures: 3, openMs: 70 } }, globex: { rate: { perSecond: 1 } } },
    });
    fail('acme');
    fail('acme');
    expect(guard.waitMs('acme', limits)).toBe(0);
    fail('acme');
    expect(guard.waitMs('acme', limits)).toBe(70);
    expect(guard.waitMs('other', limits)).toBe(0);
    fail('other');
    expect(guard.waitMs('other', limits)).toBe(50);
    expect(guard.waitMs('globex', limits)).toBe(0);
    fail('globex');
    expect(guard.refusal('globex', limits)).toMatchObject({ code: 'CIRCUIT_OPEN', details: { retryAfterMs: 50 } });
    for (let i = 0; i < 5; i++) fail('other', feature);
    expect(guard.waitMs('other', feature)).toBe(0);
    expect([...guard.openBreakers()]).toMatchObject([
      { config: 'limits', tenant: undefined },
      { config: 'limits', tenant: 'acme' },
      { config: 'limits', tenant: 'globex' },
    ]);
  });

  it('hears of a call once', () => {
    const { guard, fail } = guardOf({ breaker: { failures: 2 } });
    const call = guard.begin('acme', limits);
    for (let i = 0; i < 3; i++) call.failed(away);
    expect(guard.waitMs('acme', limits)).toBe(0);
    fail('acme');
    call.answered();
    expect(guard.waitMs('acme', limits)).toBe(10_000);
  });

  // I5
  it.each([
    [5, '`protect` must be an object, got 5 (number).'],
    [{ braker: {} }, 'protect has no option "braker"; it has breaker, rate, configs, tenants.'],
    [{ breaker: true }, '`breaker` must be an object or false, got true (boolean).'],
    [{ breaker: { failures: 0 } }, '`failures` must be a whole number from 1 to 1000000, got 0 (number).'],
    [{ breaker: { openMs: '1s' } }, '`openMs` must be a whole number from 1 to 2147483647, got "1s" (string).'],
    [{ rate: {} }, '`perSecond` must be a number above 0 and up to 1000000, got undefined.'],
    [{ rate: { perSecond: Number.NaN } }, '`perSecond` must be a number above 0 and up to 1000000, got NaN (number).'],
    [{ tenants: { acme: { rate: { perSecond: 0 } } } }, '`perSecond` must be a number above 0'],
    [{ configs: { limits: { tenants: {} } } }, 'protect.configs["limits"] has no option "tenants"'],
    [{ tenants: { ' acme': {} } }, 'A tenant id must be 1 to 128 printable characters without blanks at its ends'],
    [{ configs: [5] }, '`protect.configs["0"]` must be an object, got 5 (number).'],
  ])('refuses options that cannot be: %o', (options, message) => {
    expect(() => checkProtection(options as never)).toThrow(message);
  });
});
