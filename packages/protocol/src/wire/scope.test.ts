import { describe, expect, it } from 'vitest';
import { caught } from '../caught.fixture.ts';
import { HOSTILE_IDS } from '../hostile-ids.fixture.ts';
import {
  FIRST_TENANT_TEXT,
  groupOf,
  groupTenant,
  isOwnTenant,
  scopeOf,
  tenantOfScope,
  tenantOfText,
  tenantText,
} from './scope.ts';
import { GLOBAL_TENANT, type Tenant, tenantId } from './tenant-id.ts';

const GROUPS = ['eu', 'global', 'emea/eu', 'a.b_c-d', '9', 'x'.repeat(120)];
const TENANTS: readonly Tenant[] = [GLOBAL_TENANT, ...GROUPS.map(groupTenant), ...HOSTILE_IDS];

describe('a scope', () => {
  it('is a tenant that no id of a tenant can spell', () => {
    for (const group of GROUPS) {
      expect(groupOf(groupTenant(group))).toBe(group);
      expect(isOwnTenant(groupTenant(group))).toBe(false);
      expect(caught(() => tenantId(groupTenant(group)))).toMatchObject({ code: 'INVALID_TENANT' });
    }
    expect(caught(() => tenantId(tenantText(GLOBAL_TENANT)))).toMatchObject({ code: 'INVALID_TENANT' });
    for (const id of HOSTILE_IDS) expect([groupOf(id), isOwnTenant(id)]).toEqual([undefined, true]);
    expect([groupOf(GLOBAL_TENANT), isOwnTenant(GLOBAL_TENANT)]).toEqual([undefined, false]);
    expect([groupOf(tenantText(GLOBAL_TENANT)), isOwnTenant(tenantText(GLOBAL_TENANT))]).toEqual([undefined, false]);
  });

  it('has one text in a column, which is found again, and comes before the text of every tenant', () => {
    const texts = TENANTS.map(tenantText);
    expect(new Set(texts).size).toBe(TENANTS.length);
    expect(texts.map(tenantOfText)).toEqual(TENANTS);
    const order = (text: string) => Buffer.compare(Buffer.from(text), Buffer.from(FIRST_TENANT_TEXT));
    for (const tenant of TENANTS) expect(order(tenantText(tenant)) >= 0).toBe(isOwnTenant(tenant));
  });

  it('has one text for people, which is found again', () => {
    const scopes = TENANTS.map(scopeOf);
    expect(new Set(scopes).size).toBe(TENANTS.length);
    expect(scopes.map(tenantOfScope)).toEqual(TENANTS);
    const some: Tenant[] = [GLOBAL_TENANT, ' @global', ' eu', 'acme', 'groups/eu'];
    expect(some.map(scopeOf)).toEqual(['global', 'global', 'groups/eu', 'tenants/acme', 'tenants/groups/eu']);
  });

  it.each([
    '',
    ' ',
    'a b',
    ' eu',
    'eu ',
    '@global',
    '.',
    '..',
    '-x',
    'a/',
    '/a',
    'a//b',
    'é',
    'a\n',
    'x'.repeat(121),
    7,
    null,
  ])('takes no group called %j', name => {
    expect(caught(() => groupTenant(name))).toMatchObject({
      code: 'INVALID_GROUP',
      message: expect.stringMatching(/^The name of a group must be 1 to 120 characters .+, got .+\.$/),
    });
  });

  it.each<[text: unknown, code: string]>([
    ['', 'INVALID_OPTION'],
    ['Global', 'INVALID_OPTION'],
    ['global/x', 'INVALID_OPTION'],
    ['eu', 'INVALID_OPTION'],
    [undefined, 'INVALID_OPTION'],
    [GLOBAL_TENANT, 'INVALID_OPTION'],
    ['groups/', 'INVALID_GROUP'],
    ['groups/ eu', 'INVALID_GROUP'],
    ['tenants/', 'INVALID_TENANT'],
    ['tenants/ eu', 'INVALID_TENANT'],
  ])('is not %o', (text, code) => {
    expect(caught(() => tenantOfScope(text))).toMatchObject({ code });
  });
});
