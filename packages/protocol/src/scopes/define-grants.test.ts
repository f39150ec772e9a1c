import { expect, it } from 'vitest';
import { encodeConfigValue, parseConfigValue } from '../definitions/config-value.ts';
import { defineConfig } from '../definitions/define-config.ts';
import { defineGrants, GRANTS_NAME } from './define-grants.ts';

const grants = defineGrants();

it('the count of changes of grants is a config that no application can have', () => {
  expect(grants).toMatchObject({ name: '@grants', address: '@config:@grants', inherit: 'none', default: 0 });
  expect(() => defineConfig({ name: GRANTS_NAME, schema: grants.schema })).toThrow(
    expect.objectContaining({ code: 'INVALID_DEFINITION' }),
  );
});

it('is a whole number of at least 0', () => {
  expect(parseConfigValue(grants, 7)).toBe(7);
  for (const value of [-1, 1.5, '7', null])
    expect(() => encodeConfigValue(grants, value)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
});
