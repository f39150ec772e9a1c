import { EntitySchema, MikroORM } from '@mikro-orm/sqlite';
import { expect, it } from 'vitest';
import { checkTriggerSupport, checkVersions } from './check-versions.ts';

const Thing = new EntitySchema<{ id: number }>({
  name: 'Thing',
  properties: { id: { type: 'integer', primary: true } },
});
const orm = new MikroORM({ dbName: ':memory:', entities: [Thing] }) as never;

it('says nothing of a version that the tests have run with, and something of every other', () => {
  expect(checkVersions(orm)).toBeUndefined();
  for (const version of ['7.0.0', '7.1.13', '7.2.5']) expect(checkVersions(orm, version)).toBeUndefined();
  for (const version of ['7.3.0', '7.10.0', '8.0.0', 'next'])
    expect(checkVersions(orm, version)).toMatch(`MikroORM ${version} is not known to this Tenantry`);
});

it('refuses an ORM that lacks what capture needs, and names it', () => {
  const platform = { supportsUnsigned: () => true };
  const other = { config: { getPlatform: () => platform, getDriver: () => ({}) } } as never;
  expect(() => checkVersions(other, '9.0.0')).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/^MikroORM 9\.0\.0 has no convertsJsonAutomatically, .*nativeInsertMany/),
    }),
  );
});

// MikroORM 7.0 has no such list, and an iteration over it was a TypeError.
it('refuses triggers where the ORM creates none', () => {
  expect(() => checkTriggerSupport({ triggers: [] })).not.toThrow();
  expect(() => checkTriggerSupport(undefined)).not.toThrow();
  expect(() => checkTriggerSupport({})).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('needs MikroORM 7.1 or newer'),
    }),
  );
});
