import { expect, it } from 'vitest';
import { importFrom } from './import-from.ts';
import { NO_MAP } from './import-map.ts';

it('what cannot be read is noted, and makes nothing true for everybody', () => {
  const content = {
    features: [
      5,
      { type: 'release' },
      { name: 'odd', enabled: true, strategies: [{ name: 'default', constraints: '[{"contextName":"tenantId"}]' }] },
      { name: 'share', enabled: true, strategies: [{ name: 'flexibleRollout', parameters: { rollout: 'half' } }] },
      { name: 'segment', enabled: true, strategies: [{ name: 'default', segments: [1] }] },
    ],
    segments: [{ id: 1, constraints: 'x' }],
  };
  const { entries, notes } = importFrom('unleash', [{ text: JSON.stringify(content), file: 'export.json' }], NO_MAP);
  expect(entries).toEqual([]);
  expect(notes.map(({ name }) => name)).toEqual(['item 1', 'item 2', 'odd', 'share', 'segment']);
});

it('a feature of which nothing says whether it is on is noted, and not off for everybody', () => {
  const environments = [{ name: 'production', enabled: true }];
  // As the admin's API lists features.
  const listed = { version: 2, features: [{ name: 'new-ui', type: 'release', environments }] };
  const exported = {
    features: [{ name: 'old-ui' }],
    featureEnvironments: [{ featureName: 'new-ui', environment: 'production', enabled: true }],
  };
  for (const content of [listed, exported]) {
    const { entries, notes } = importFrom('unleash', [{ text: JSON.stringify(content), file: 'x.json' }], NO_MAP);
    expect(entries).toEqual([]);
    expect(notes.map(({ message }) => message)).toEqual([
      'the file does not say whether it is on there: it has no value',
    ]);
  }
});

// As Unleash 5 exports one environment.
it('a segment of which the file has the name alone lets nobody in whom it does not name', () => {
  const content = {
    features: [{ name: 'beta', type: 'release', project: 'default' }],
    featureStrategies: [
      { ...{ name: 'flexibleRollout', id: 's1', featureName: 'beta', constraints: [], variants: [], disabled: false } },
    ].map(each => ({ ...each, parameters: { rollout: '100', stickiness: 'default', groupId: 'beta' }, segments: [3] })),
    featureEnvironments: [
      { name: 'beta', featureName: 'beta', environment: 'production', enabled: true, variants: [] },
    ],
    segments: [{ id: 3, name: 'beta testers' }],
  };
  const { entries, notes } = importFrom('unleash', [{ text: JSON.stringify(content), file: 'x.json' }], NO_MAP);
  expect(entries).toEqual([]);
  expect(notes).toEqual([
    {
      name: 'beta',
      message: 'it is on for some only (a condition on segment beta testers): no value says that, so it has none',
    },
  ]);
});
