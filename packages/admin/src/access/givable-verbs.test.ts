import type { Grant } from '@tenantry/admin-api';
import { expect, it } from 'vitest';
import { givableVerbs } from './givable-verbs.ts';

const grant = (who: string, verbs: Grant['verbs'], more: Partial<Grant> = {}): Grant => ({
  ...{ id: '1', who, verbs, scope: '*', config: '*', createdAt: 1, createdBy: 'root' },
  ...more,
});

it.each<[what: string, grants: readonly Grant[], verbs: readonly string[]]>([
  ['one grant', [grant('user:ann', ['edit', 'grant'])], ['list', 'view', 'edit', 'grant']],
  ['two grants of one', [grant('user:ann', ['grant']), grant('user:ann', ['list'])], ['list', 'grant']],
  ['a grant and one of all', [grant('group:ops', ['grant']), grant('*', ['list'])], ['list', 'grant']],
  ['a grant to all', [grant('*', ['list', 'grant'])], ['list', 'grant']],
  ['grants of two', [grant('user:ann', ['grant']), grant('user:bob', ['list'])], ['grant']],
  ['a user who is called as a group', [grant('user:ann', ['grant']), grant('group:ann', ['list'])], ['grant']],
  ['one that ends', [grant('user:ann', ['grant'], { expiresAt: 9 })], []],
  ['one of all tenants', [grant('user:ann', ['grant'], { scope: 'tenants/*' })], []],
  ['one of some configs', [grant('user:ann', ['grant'], { config: 'a*' })], []],
  ['none', [], []],
])('what can be given everywhere by %s', (_, grants, verbs) => {
  expect([...givableVerbs(grants, 1)]).toEqual(verbs);
});
