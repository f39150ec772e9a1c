import { expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { encodeConfigValue } from '../definitions/config-value.ts';
import { defineConfig } from '../definitions/define-config.ts';
import { defineGroups, GROUPS_NAME, MOST_GROUPS } from './define-groups.ts';

const groups = defineGroups();

it('has a name, rows and a place in Redis that no config of an application can have', () => {
  expect(groups).toMatchObject({ name: '@groups', configKey: '@groups', address: '@config:@groups', default: [] });
  for (const taken of [
    { name: GROUPS_NAME },
    { name: 'a', configKey: GROUPS_NAME },
    { name: 'a', cacheKey: GROUPS_NAME },
  ])
    expect(caught(() => defineConfig({ schema: groups.schema, ...taken }))).toMatchObject({
      code: 'INVALID_DEFINITION',
    });
});

it('keeps the order of the groups', () => {
  expect(encodeConfigValue(groups, ['vip', 'emea/eu', '9'])).toBe('["vip","emea/eu","9"]');
  expect(encodeConfigValue(groups, [])).toBe('[]');
});

it.each<[what: string, value: unknown, path: string]>([
  ['no list', 'eu', ''],
  ['null', null, ''],
  ['too many', Array.from({ length: MOST_GROUPS + 1 }, (_, i) => `g${i}`), ''],
  ['a bad name', ['eu', ' eu'], '[1]'],
  ['a number', [7], '[0]'],
  ['a group twice', ['eu', 'us', 'eu'], '[2]'],
])('refuses %s', (_, value, path) => {
  expect(caught(() => encodeConfigValue(groups, value))).toMatchObject({
    code: 'INVALID_VALUE',
    details: { issues: [{ path }] },
  });
});
