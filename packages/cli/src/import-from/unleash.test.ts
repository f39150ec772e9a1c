import { expect, it } from 'vitest';
import { importFrom } from './import-from.ts';
import { NO_MAP, readImportMap } from './import-map.ts';

const feature = (name: string, more = {}) => ({
  name,
  type: 'release',
  project: 'default',
  stale: false,
  variants: [],
  archived: false,
  ...more,
});
const state = (featureName: string, environment: string, enabled: boolean, more = {}) => ({
  featureName,
  environment,
  enabled,
  ...more,
});
const strategy = (featureName: string, environment: string, strategyName: string, more = {}) => ({
  ...{ id: `${featureName}-${strategyName}`, featureName, projectId: 'default', environment, strategyName },
  ...{ parameters: {}, constraints: [], ...more },
});
const onlyTenants = (values: string[], more = {}) => ({
  contextName: 'tenantId',
  operator: 'IN',
  values,
  inverted: false,
  ...more,
});

const EXPORT = {
  version: 4,
  features: [
    ...['plain', 'off', 'half', 'rolled-out', 'for-two', 'by-segment', 'by-country', 'by-user'].map(name =>
      feature(name),
    ),
    feature('with-variants', {
      variants: [
        { name: 'red', weight: 500 },
        { name: 'blue', weight: 500 },
      ],
    }),
    feature('old', { archived: true }),
  ],
  featureEnvironments: [
    ...['plain', 'half', 'rolled-out', 'for-two', 'by-segment', 'by-country', 'by-user', 'with-variants', 'old'].map(
      name => state(name, 'production', true),
    ),
    state('off', 'production', false),
    state('plain', 'development', false),
  ],
  featureStrategies: [
    strategy('plain', 'production', 'default'),
    strategy('off', 'production', 'default'),
    strategy('half', 'production', 'flexibleRollout', {
      parameters: { rollout: '50', stickiness: 'default', groupId: 'half' },
    }),
    strategy('rolled-out', 'production', 'flexibleRollout', {
      parameters: { rollout: '100', stickiness: 'default', groupId: 'r' },
    }),
    strategy('for-two', 'production', 'default', { constraints: [onlyTenants(['acme', 'beta'])] }),
    strategy('by-segment', 'production', 'default'),
    strategy('by-country', 'production', 'default', {
      constraints: [{ contextName: 'country', operator: 'IN', values: ['DE'] }],
    }),
    strategy('by-user', 'production', 'userWithId', { parameters: { userIds: '1,2' } }),
    strategy('with-variants', 'production', 'default'),
  ],
  segments: [{ id: 7, name: 'Big ones', constraints: [onlyTenants(['gamma'])] }],
  featureStrategySegments: [{ featureStrategyId: 'by-segment-default', segmentId: 7 }],
  environments: [{ name: 'development' }, { name: 'production' }],
  tagTypes: [],
};

const unleash = (content: unknown, more = {}, map = NO_MAP) =>
  importFrom('unleash', [{ text: JSON.stringify(content), file: 'unleash.json', ...more }], map);

it('a feature that everybody has or nobody has is a config that is true or false; everything else is noted', () => {
  const { entries, notes } = unleash(EXPORT, { environment: 'production' });
  expect(entries).toMatchObject([
    { scope: 'global', config: 'plain', json: 'true' },
    { scope: 'global', config: 'off', json: 'false' },
    { scope: 'global', config: 'rolled-out', json: 'true' },
    { scope: 'global', config: 'with-variants', json: 'true' },
  ]);
  expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    expect.stringMatching(/^half: .*a rollout of 50 %/),
    expect.stringMatching(/^for-two: .*a condition on tenantId/),
    expect.stringMatching(/^by-segment: .*a condition on tenantId/),
    expect.stringMatching(/^by-country: .*a condition on country/),
    expect.stringMatching(/^by-user: .*strategy userWithId/),
    expect.stringMatching(/^with-variants: its 2 variants are left out/),
    'old: it is archived',
  ]);
});

it('with the field of tenants named, conditions on it become values of tenants, also in segments', () => {
  const { entries, notes } = unleash(EXPORT, { environment: 'production', tenantField: 'tenantId' });
  expect(entries.filter(({ config }) => config === 'for-two' || config === 'by-segment')).toMatchObject([
    { scope: 'global', config: 'for-two', json: 'false' },
    { scope: 'tenants/acme', config: 'for-two', json: 'true' },
    { scope: 'tenants/beta', config: 'for-two', json: 'true' },
    { scope: 'global', config: 'by-segment', json: 'false' },
    { scope: 'tenants/gamma', config: 'by-segment', json: 'true' },
  ]);
  expect(notes.map(({ name }) => name)).toEqual(['half', 'by-country', 'by-user', 'with-variants', 'old']);
});

it('a condition that is inverted, or stands beside another one, is none on tenants alone', () => {
  const of = (constraints: unknown[]) =>
    unleash(
      {
        features: [feature('x')],
        featureEnvironments: [state('x', 'p', true)],
        featureStrategies: [strategy('x', 'p', 'default', { constraints })],
      },
      { tenantField: 'tenantId' },
    );
  for (const constraints of [
    [onlyTenants(['acme'], { inverted: true })],
    [onlyTenants(['acme'], { operator: 'NOT_IN' })],
    [onlyTenants(['acme']), { contextName: 'country', operator: 'IN', values: ['DE'] }],
    [onlyTenants(['a/b'])],
  ])
    expect(of(constraints)).toMatchObject({ entries: [], notes: [{ name: 'x' }] });
});

it('of several environments one must be named, and must be there', () => {
  expect(() => unleash(EXPORT)).toThrow('development, production');
  expect(() => unleash(EXPORT, { environment: 'staging' })).toThrow('no environment staging');
  expect(unleash(EXPORT, { environment: 'development' }).entries.find(({ config }) => config === 'plain')?.json).toBe(
    'false',
  );
});

it('an export of one environment and an answer of the client API are read as well', () => {
  const newer = {
    features: [feature('a'), feature('b')],
    featureStrategies: [
      {
        name: 'flexibleRollout',
        id: '1',
        featureName: 'a',
        parameters: { rollout: '100' },
        constraints: [],
        segments: [],
        disabled: false,
      },
    ],
    featureEnvironments: [
      { name: 'a', featureName: 'a', environment: 'production', enabled: true, variants: [] },
      state('b', 'production', false),
    ],
    ...{ contextFields: [], featureTags: [], segments: [], tagTypes: [], dependencies: [] },
  };
  expect(unleash(newer).entries.map(({ config, json }) => [config, json])).toEqual([
    ['a', 'true'],
    ['b', 'false'],
  ]);
  const client = {
    version: 2,
    features: [
      { name: 'a', enabled: true, strategies: [{ name: 'default' }], variants: [] },
      { name: 'b', enabled: true, strategies: [{ name: 'flexibleRollout', parameters: { rollout: 20 } }] },
      { name: 'c', enabled: false, strategies: [] },
    ],
  };
  expect(unleash(client)).toMatchObject({
    entries: [
      { config: 'a', json: 'true' },
      { config: 'c', json: 'false' },
    ],
    notes: [{ name: 'b' }],
  });
});

it('a map gives other names, and leaves out on purpose', () => {
  const map = readImportMap('configs: { plain: "flags#/plain", off: "flags#/off", rolled-out: null }', 'm');
  const { entries, notes } = unleash(EXPORT, { environment: 'production' }, map);
  expect(entries[0]).toMatchObject({ scope: 'global', config: 'flags', json: '{"plain":true,"off":false}' });
  expect([...entries, ...notes].some(each => 'name' in each && each.name === 'rolled-out')).toBe(false);
});

it('what is no export is refused', () => {
  expect(() => unleash({ toggles: [] })).toThrow('no export of Unleash');
  expect(() => importFrom('unleash', [{ text: '{', file: 'x.json' }], NO_MAP)).toThrow('x.json is no JSON');
  expect(() => importFrom('unleash', [], NO_MAP)).toThrow('Name a file');
});

it('variants of a strategy are listed, too, but not those of a strategy that is switched off', () => {
  const strategy = (disabled: boolean) => ({ name: 'default', disabled, variants: [{ name: 'blue', weight: 1000 }] });
  const features = [true, false].map((disabled, i) => ({
    name: `f${i}`,
    enabled: true,
    strategies: [strategy(disabled)],
  }));
  const source = { file: 'export.json', text: JSON.stringify({ version: 2, features }) };
  const { entries, notes } = importFrom('unleash', [source], NO_MAP);
  expect(entries.map(({ json }) => json)).toEqual(['true', 'true']);
  expect(notes).toEqual([{ name: 'f1', message: expect.stringMatching(/^its 1 variants are left out/) }]);
});
