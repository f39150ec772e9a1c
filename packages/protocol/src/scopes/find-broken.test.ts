import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineConfig } from '../definitions/define-config.ts';
import { groupTenant, tenantText } from '../wire/scope.ts';
import { GLOBAL_TENANT } from '../wire/tenant-id.ts';
import { findBroken } from './find-broken.ts';

// Each layer is good by itself: the schema is about two properties.
const range = defineConfig({
  name: 'range',
  schema: z.object({ min: z.number(), max: z.number() }).refine(({ min, max }) => min <= max, { message: 'min > max' }),
  default: { min: 0, max: 100 },
  inherit: 'merge',
});

const eu = groupTenant('eu');
const global = tenantText(GLOBAL_TENANT);
const values = (entries: Record<string, object>) =>
  new Map(Object.entries(entries).map(([tenant, value]) => [tenant, JSON.stringify(value)]));
const memberships = new Map([
  ['acme', ['eu']],
  ['other', ['eu']],
  [eu, []],
]);

// R17 (reader)
it('a change above breaks the tenants whose merged values the schema refuses from then on', () => {
  const before = { acme: { min: 50 }, late: { min: 70 }, [eu]: {}, [global]: {} };
  const broken = (change: Record<string, object>, changed: string) =>
    findBroken(
      range,
      { memberships, values: values(before) },
      { memberships, values: values({ ...before, ...change }) },
      changed,
    );
  expect(broken({ [global]: { max: 60 } }, global)).toMatchObject({
    scopes: ['late'],
    fault: { code: 'INVALID_VALUE', details: { issues: [{ message: 'min > max' }] } },
  });
  expect(broken({ [global]: { max: 40 } }, global).scopes).toEqual(['acme', 'late']);
  expect(broken({ [eu]: { max: 40 } }, eu).scopes).toEqual(['acme']);
  expect(broken({ [eu]: { max: 50 } }, eu)).toEqual({ scopes: [], fault: undefined });
});

it('a value that was refused before is not the fault of this change', () => {
  const before = { acme: { min: 500 }, other: { min: 50 } };
  const after = { ...before, [eu]: { max: 40 } };
  const broken = findBroken(range, { memberships, values: values(before) }, { memberships, values: values(after) }, eu);
  expect(broken.scopes).toEqual(['other']);
});

it('a change of the groups breaks those whose values come of it', () => {
  const all = values({ acme: { min: 50 }, other: { min: 1 }, [groupTenant('low')]: { max: 40 } });
  const next = new Map<string, readonly string[]>([...memberships, [eu, ['low']], [groupTenant('low'), []]]);
  const broken = findBroken(range, { memberships, values: all }, { memberships: next, values: all }, eu);
  expect(broken.scopes).toEqual(['acme']);
});
