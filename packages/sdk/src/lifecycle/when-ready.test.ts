import { describe, expect, it } from 'vitest';
import { feature } from '../published-configs.fixture.ts';
import { currencies, planById } from '../world.fixture.ts';
import { checkReadyOptions } from './ready-options.ts';

describe('the options of whenReady', () => {
  it('have their defaults: five seconds, anything usable, nothing in particular', () => {
    // want 2 (reader)
    expect(checkReadyOptions({})).toEqual({ timeoutMs: 5_000, freshness: 'any', wanted: [] });
  });

  it('take a ref with its tenant, and a ref of the global tenant alone', () => {
    const euro = currencies.by('code', { code: 'EUR' });
    const { wanted } = checkReadyOptions({ required: [euro, { tenant: 7, ref: planById(1) }] });
    expect(wanted.map(({ tenant, ref }) => [typeof tenant === 'symbol' ? 'global' : tenant, ref.address])).toEqual([
      ['global', euro.address],
      ['7', planById(1).address],
    ]);
  });

  it.each([
    [
      { timeoutMs: Number.POSITIVE_INFINITY },
      'INVALID_OPTION',
      '`timeoutMs` must be a whole number from 1 to 2147483647, got Infinity',
    ],
    [{ timeoutMs: 0 }, 'INVALID_OPTION', '`timeoutMs` must be a whole number from 1 to 2147483647, got 0'],
    [{ freshness: 'fresh' }, 'INVALID_OPTION', '`freshness` must be "any" or "live", got "fresh" (string).'],
    [
      { required: planById(1) },
      'INVALID_OPTION',
      '`required` must be a list of refs, or of `{ tenant, ref }`, got an object.',
    ],
    [
      { required: [planById(1)] },
      'INVALID_OPTION',
      '`required`: "plans:id:1" belongs to a tenant. Say which: `{ tenant, ref }`.',
    ],
    [{ required: [feature] }, 'INVALID_OPTION', 'belongs to a tenant'],
    [
      { required: ['plans'] },
      'INVALID_OPTION',
      '`required` must be a list of refs, or of `{ tenant, ref }`, got "plans" (string).',
    ],
    [{ required: [undefined] }, 'INVALID_OPTION', 'got undefined'],
    [{ required: [{ tenant: 'acme' }] }, 'INVALID_OPTION', 'got an object'],
    [{ required: [{ tenant: '', ref: feature }] }, 'INVALID_TENANT', 'got "" (string)'],
    [{ timeout: 5 }, 'INVALID_OPTION', 'whenReady has no option "timeout"; it has timeoutMs, freshness, required.'],
  ])('show what arrived: %o', (options, code, message) => {
    const checking = () => checkReadyOptions(options as never);
    expect(checking).toThrow(message);
    expect(checking).toThrow(expect.objectContaining({ code }));
  });
});
