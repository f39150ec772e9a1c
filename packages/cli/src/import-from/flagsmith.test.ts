import { expect, it } from 'vitest';
import { importFrom } from './import-from.ts';
import { NO_MAP, readImportMap } from './import-map.ts';

const feature = (name: string, enabled: boolean, value: unknown, more = {}) => ({
  ...{ name, enabled, value, default_enabled: false, is_server_key_only: false, initial_value: null },
  ...{
    type: typeof value === 'number' ? 'int' : typeof value === 'boolean' ? 'bool' : 'unicode',
    multivariate: [],
    ...more,
  },
});

const EXPORT = [
  feature('new_checkout', true, null),
  feature('dark_mode', false, ''),
  feature('page_size', true, 25),
  feature('banner', true, '{"text":"hi","big":9007199254740993}'),
  feature('zip', true, '00501'),
  feature('greeting', false, 'hello'),
  feature('colour', true, 'red', {
    multivariate: [{ percentage_allocation: 30, default_percentage_allocation: 30, value: 'blue', type: 'unicode' }],
  }),
  feature('idle', true, 'x', {
    multivariate: [{ percentage_allocation: 0, default_percentage_allocation: 0, value: 'y', type: 'unicode' }],
  }),
  { name: 'broken' },
];
const flagsmith = (content: unknown, more = {}, map = NO_MAP) =>
  importFrom('flagsmith', [{ text: JSON.stringify(content), file: 'export.json', ...more }], map);

it('a feature is on or off, or has its value; what a config cannot say is noted', () => {
  const text = JSON.stringify(EXPORT);
  const { entries, notes } = importFrom('flagsmith', [{ text, file: 'export.json' }], NO_MAP);
  expect(entries.map(({ config, json }) => [config, json])).toEqual([
    ['new_checkout', 'true'],
    ['dark_mode', 'false'],
    ['page_size', '25'],
    ['banner', '{"text":"hi","big":9007199254740993}'],
    ['zip', '"00501"'],
    ['colour', '"red"'],
    ['idle', '"x"'],
  ]);
  expect(notes.map(({ name, message }) => `${name}: ${message}`)).toEqual([
    expect.stringContaining('greeting: it is off and has a value'),
    expect.stringContaining('colour: 30 % get one of 1 other values'),
    expect.stringContaining('item 9:'),
  ]);
  expect(JSON.stringify(notes)).not.toMatch(/hello|blue/);
});

it('a map says names, and that a text stays a text', () => {
  const map = readImportMap(
    'configs: { page_size: { to: "ui#/pageSize" }, banner: { to: banner, as: text }, zip: null }',
    'm',
  );
  const { entries } = flagsmith(EXPORT, { scope: 'groups/eu' }, map);
  expect(entries).toContainEqual(
    expect.objectContaining({ scope: 'groups/eu', config: 'ui', json: '{"pageSize":25}' }),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({
      scope: 'groups/eu',
      config: 'banner',
      json: JSON.stringify('{"text":"hi","big":9007199254740993}'),
    }),
  );
  expect(entries.some(({ config }) => config === 'zip')).toBe(false);
});

it('what is no list, and an environment, are refused', () => {
  expect(() => flagsmith({ features: [] })).toThrow('no export of features of Flagsmith');
  expect(() => flagsmith(EXPORT, { environment: 'production' })).toThrow('leave --environment out');
});

it('what cannot be read is noted with its place in the file, and never dropped in silence', () => {
  const { entries, notes } = flagsmith([
    5,
    null,
    feature('', true, 'x'),
    feature('odd', true, 'v', { multivariate: 'blue' }),
    feature('shares', true, 'v', { multivariate: [{ percentage_allocation: 'many', value: 'blue' }] }),
  ]);
  expect(entries.map(({ config }) => config)).toEqual(['odd', 'shares']);
  expect(notes.map(({ name }) => name)).toEqual(['item 1', 'item 2', 'item 3', 'odd', 'shares']);
});
