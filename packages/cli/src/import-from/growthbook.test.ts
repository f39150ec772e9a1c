import { describe, expect, it } from 'vitest';
import { importFrom } from './import-from.ts';
import { NO_MAP } from './import-map.ts';

const growthbook = (content: unknown, more = {}) =>
  importFrom('growthbook', [{ text: JSON.stringify(content), file: 'features.json', ...more }], NO_MAP);

const PAYLOAD = {
  status: 200,
  dateUpdated: '2026-01-31T09:15:00Z',
  features: {
    plain: { defaultValue: true },
    limits: { defaultValue: { seats: 5 } },
    'for-acme': {
      defaultValue: 'off',
      rules: [
        { condition: { tenant: 'acme' }, force: 'on' },
        { condition: { tenant: { $in: ['acme', 'beta'] } }, force: 'maybe' },
        { condition: { country: 'DE' }, force: 'de' },
        { force: 'rest' },
        { force: 'never' },
      ],
    },
    half: { defaultValue: false, rules: [{ force: true, coverage: 0.5, hashAttribute: 'id' }] },
    tested: { defaultValue: 'a', rules: [{ variations: ['a', 'b'], weights: [0.5, 0.5], key: 'exp' }] },
    empty: {},
  },
};

it('a feature has its default value, or the one that is forced for everybody; each other rule is noted', () => {
  const { entries, notes } = growthbook(PAYLOAD);
  expect(entries.map(({ scope, config, json }) => [scope, config, json])).toEqual([
    ['global', 'plain', 'true'],
    ['global', 'limits', '{"seats":5}'],
    ['global', 'for-acme', '"rest"'],
    ['global', 'half', 'false'],
    ['global', 'tested', '"a"'],
  ]);
  expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'for-acme: rule 1 is left out: it has a condition on tenant',
    'for-acme: rule 2 is left out: it has a condition on tenant',
    'for-acme: rule 3 is left out: it has a condition on country',
    'half: rule 1 is left out: it is for 50 % of all',
    'tested: rule 1 is left out: it is an experiment, or forces no value',
    'empty: it has no default value',
  ]);
});

it('with the field of tenants named, the first rule that fits a tenant makes its value', () => {
  const { entries, notes } = growthbook(PAYLOAD, { tenantField: 'tenant' });
  expect(entries.filter(({ config }) => config === 'for-acme')).toMatchObject([
    { scope: 'global', config: 'for-acme', json: '"rest"' },
    { scope: 'tenants/acme', config: 'for-acme', json: '"on"' },
    { scope: 'tenants/beta', config: 'for-acme', json: '"maybe"' },
  ]);
  expect(notes.map(({ name }) => name)).toEqual(['for-acme', 'half', 'tested', 'empty']);
});

const LISTED = {
  features: [
    {
      ...{ id: 'seats', archived: false, valueType: 'number', defaultValue: '5' },
      environments: {
        dev: { enabled: true, defaultValue: '1', rules: [] },
        production: {
          ...{ enabled: true, defaultValue: '5' },
          rules: [
            { type: 'force', id: 'r0', enabled: false, value: '77', condition: '' },
            { type: 'force', id: 'r1', enabled: true, value: '50', condition: '{"tenant":"acme"}' },
            { type: 'rollout', id: 'r2', enabled: true, value: '9', coverage: 0.1, condition: '' },
          ],
        },
      },
    },
    {
      ...{ id: 'ui', valueType: 'json', defaultValue: '{"dark":true}' },
      environments: { production: { enabled: true, rules: [] } },
    },
    {
      ...{ id: 'off', valueType: 'boolean', defaultValue: 'true' },
      environments: { production: { enabled: false, rules: [] } },
    },
    { ...{ id: 'gone', archived: true, valueType: 'boolean', defaultValue: 'true' }, environments: {} },
  ],
};

it('features as the API lists them are read for one environment', () => {
  expect(() => growthbook(LISTED)).toThrow('dev, production');
  const { entries, notes } = growthbook(LISTED, { environment: 'production', tenantField: 'tenant' });
  expect(entries).toMatchObject([
    { scope: 'global', config: 'seats', json: '5' },
    { scope: 'tenants/acme', config: 'seats', json: '50' },
    { scope: 'global', config: 'ui', json: '{"dark":true}' },
  ]);
  expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'seats: rule 3 is left out: it is for 10 % of all',
    'off: it is off in production',
    'gone: it is archived',
  ]);
  expect(growthbook(LISTED, { environment: 'dev' }).entries[0]?.json).toBe('1');
});

it('what is encrypted or no payload is refused', () => {
  expect(() => growthbook({ encryptedFeatures: 'x' })).toThrow('encrypted');
  expect(() => growthbook({ features: { a: 1 } })).toThrow('no payload');
  expect(() => growthbook(PAYLOAD, { environment: 'dev' })).toThrow('leave --environment out');
});

it('that a feature depends on another one is listed, in a payload and in a list', () => {
  const parentConditions = [{ id: 'parent', condition: { value: true }, gate: true }];
  const payload = growthbook({ features: { child: { defaultValue: true, rules: [{ parentConditions }] } } });
  const environments = { production: { enabled: true, defaultValue: 'true', rules: [] } };
  const child = { id: 'child', valueType: 'boolean', defaultValue: 'true', prerequisites: ['parent'], environments };
  const listed = growthbook({ features: [child] });
  for (const { entries, notes } of [payload, listed]) {
    expect(entries.map(({ json }) => json)).toEqual(['true']);
    expect(notes).toEqual([{ name: 'child', message: expect.stringMatching(/depends on another feature/) }]);
  }
});

it('what cannot be read is noted with its place in the file, and never dropped in silence', () => {
  const rules = [null, 5, { enabled: false, force: 'off' }, { coverage: 'x', force: 'y' }, { force: 'all' }];
  const payload = growthbook({ features: { a: { defaultValue: 1, rules }, b: { defaultValue: 2, rules: 'x' } } });
  expect(payload.entries.map(({ json }) => json)).toEqual(['"all"', '2']);
  expect(payload.notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    'a: rule 1 is left out: it cannot be read',
    'a: rule 2 is left out: it cannot be read',
    'a: rule 4 is left out: its share of all cannot be read',
    'b: its rules are left out: they cannot be read',
  ]);
  const listed = growthbook([7, { valueType: 'string', defaultValue: 'x', environments: {} }]);
  expect(listed.entries).toEqual([]);
  expect(listed.notes.map(({ name }) => name)).toEqual(['item 1', 'item 2']);
});

// The second version of the API.
describe('rules that say their environments themselves', () => {
  const tenants = (...ids: string[]) => JSON.stringify({ tenant: { $in: ids } });
  const environments = { dev: { enabled: true }, production: { enabled: true } };
  const feature = (rules: unknown, more = {}) => ({
    ...{ id: 'seats', valueType: 'number', defaultValue: '1', environments, rules, ...more },
  });
  const read = (...features: unknown[]) =>
    growthbook({ features }, { environment: 'production', tenantField: 'tenant' });

  it('are read for the environment that is asked for', () => {
    const { entries, notes } = read(
      feature([
        { type: 'force', value: '7', condition: tenants('a'), allEnvironments: false, environments: ['dev'] },
        { type: 'force', value: '8', condition: tenants('b'), allEnvironments: false, environments: ['production'] },
        { type: 'experiment-ref', allEnvironments: true },
        { type: 'force', value: '9', condition: '', allEnvironments: true },
      ]),
    );
    expect(entries).toMatchObject([
      { scope: 'global', config: 'seats', json: '9' },
      { scope: 'tenants/b', config: 'seats', json: '8' },
    ]);
    expect(notes.map(({ message }) => message)).toEqual([
      'rule 3 is left out: it is an experiment, or forces no value',
    ]);
  });

  it('are noted where they cannot be read, and so is what a value is built on', () => {
    const { entries, notes } = read(
      feature([
        { type: 'force', value: '9' },
        { type: 'force', value: '{}', config: 'base', allEnvironments: true },
      ]),
      feature('x', { id: 'text' }),
      feature([], { id: 'held', holdout: { id: 'h', value: '0' } }),
      feature([], { id: 'built', config: 'base' }),
    );
    expect(entries.map(({ config, json }) => [config, json])).toEqual([
      ['seats', '1'],
      ['text', '1'],
    ]);
    expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
      'seats: rule 1 is left out: it cannot be read',
      'seats: rule 2 is left out: its value is built on a config of GrowthBook',
      'text: its rules are left out: they cannot be read',
      'held: a holdout keeps some out of it',
      'built: its value is built on a config of GrowthBook',
    ]);
  });
});

it('one feature as the API answers it is read', () => {
  const feature = { id: 'ui', valueType: 'boolean', defaultValue: 'true', environments: { dev: { enabled: true } } };
  expect(growthbook({ feature })).toMatchObject({ entries: [{ config: 'ui', json: 'true' }], notes: [] });
  // In a payload it may be the name of one.
  expect(growthbook({ feature: { defaultValue: 5 } }).entries).toMatchObject([{ config: 'feature', json: '5' }]);
});
