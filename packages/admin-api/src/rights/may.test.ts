import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant, GrantScope, Principal, Target } from './grant.ts';
import { grantedScopes, may, mayAnywhere, mayGive, rightsOf } from './may.ts';
import { COMES_WITH, VERBS, type Verb } from './verbs.ts';

const NOW = 1_000;
const TARGETS: readonly Target[] = ['global', 'groups/eu', 'groups/us', 'tenants/acme', 'tenants/zeta', 'installation'];
const SCOPES: readonly GrantScope[] = [...TARGETS, 'groups/*', 'tenants/*', '*'];
const CONFIGS = ['app', 'app/db', 'apple', 'mail'];
const PATTERNS = [...CONFIGS, 'app*', 'app/*', 'x*', '*'];

const grantOf = (grant: Partial<Grant>): Grant => ({
  ...{ id: '1', who: 'user:ann', verbs: ['view'], scope: '*', config: '*', createdAt: 0, createdBy: 'root' },
  ...grant,
});
const ann: Principal = { id: 'ann', groups: ['ops'] };

const grants = fc.array(
  fc.record({
    who: fc.constantFrom('user:ann', 'user:bob', 'group:ops', 'group:dev', 'user:ops', '*'),
    verbs: fc.uniqueArray(fc.constantFrom(...VERBS), { minLength: 1, maxLength: 3 }),
    scope: fc.constantFrom(...SCOPES),
    config: fc.constantFrom(...PATTERNS),
    expiresAt: fc.constantFrom(undefined, NOW - 1, NOW, NOW + 1, NOW + 1_000),
  }),
  { maxLength: 8 },
);

/** The rule as it is written in the docs, without any index. */
function isGranted(all: readonly Grant[], verb: Verb, target: Target, config: string | undefined): boolean {
  return all.some(grant => {
    const isMine = ['*', 'user:ann', 'group:ops'].includes(grant.who);
    const isInTime = grant.expiresAt === undefined || grant.expiresAt > NOW;
    const hasVerb = grant.verbs.some(each => each === verb || COMES_WITH[each].includes(verb));
    const [kind] = target.split('/');
    const isThere = grant.scope === '*' || grant.scope === target || grant.scope === `${kind}/*`;
    const isNamed =
      config === undefined ||
      grant.config === config ||
      (grant.config.endsWith('*') && config.startsWith(grant.config.slice(0, -1)));
    return isMine && isInTime && hasVerb && isThere && isNamed;
  });
}

describe('may', () => {
  it('says what the rule says, for any grants and any question', () => {
    fc.assert(
      fc.property(grants, some => {
        const all = some.map(each => grantOf(each));
        const rights = rightsOf(ann, all);
        for (const verb of VERBS)
          for (const config of [...CONFIGS, undefined]) {
            const there = TARGETS.filter(target => may(rights, verb, target, config, NOW));
            expect(there).toEqual(TARGETS.filter(target => isGranted(all, verb, target, config)));
            if (there.length > 0) expect(mayAnywhere(rights, verb, config, NOW)).toBe(true);
          }
      }),
      { numRuns: 500 },
    );
  });

  it('lets who may edit or reveal a value also view and list it, and nothing more', () => {
    const allowed = (verb: Verb) => {
      const rights = rightsOf(ann, [grantOf({ verbs: [verb] })]);
      return VERBS.filter(each => may(rights, each, 'tenants/acme', 'app', NOW));
    };
    expect(VERBS.map(verb => allowed(verb))).toEqual([
      ['list'],
      ['list', 'view'],
      ['list', 'view', 'edit'],
      ['list', 'view', 'reveal'],
      ['audit'],
      ['operate'],
      ['grant'],
    ]);
  });

  it('ends with the millisecond in which a grant ends', () => {
    const rights = rightsOf(ann, [grantOf({ expiresAt: NOW })]);
    expect([NOW - 1, NOW].map(now => may(rights, 'view', 'global', 'app', now))).toEqual([true, false]);
    expect([NOW - 1, NOW].map(now => grantedScopes(rights, 'list', now))).toEqual([['*'], []]);
  });

  it('takes a tenant or a group called "*" for itself alone', () => {
    const rights = rightsOf(ann, [grantOf({ scope: 'tenants/acme', config: 'app' })]);
    expect(may(rights, 'view', 'tenants/*' as Target, 'app', NOW)).toBe(false);
    expect(may(rights, 'view', 'tenants/acme', 'app*', NOW)).toBe(false);
  });
});

// B6
it('a right to each tenant by its name is one to all of them, but for a tenant that is new', () => {
  const named = ['tenants/acme', 'tenants/zeta'] as const;
  const byName = rightsOf(
    ann,
    named.map(scope => grantOf({ scope })),
  );
  const toAll = rightsOf(ann, [grantOf({ scope: 'tenants/*' })]);
  for (const verb of VERBS)
    for (const target of named)
      expect(may(byName, verb, target, 'app', NOW)).toBe(may(toAll, verb, target, 'app', NOW));
  expect([byName, toAll].map(rights => may(rights, 'view', 'tenants/new', 'app', NOW))).toEqual([false, true]);
  // A narrower right adds to a wider one, and takes nothing from it.
  const both = rightsOf(ann, [grantOf({ scope: 'tenants/*', verbs: ['edit'] }), grantOf({ scope: 'tenants/acme' })]);
  expect(may(both, 'edit', 'tenants/acme', 'app', NOW)).toBe(true);
});

// B7
describe('a right that is given', () => {
  it('is held by the giver, wherever it may be used', () => {
    fc.assert(
      fc.property(grants, grants, (some, [right]) => {
        fc.pre(right !== undefined);
        const giver = rightsOf(
          ann,
          some.map(each => grantOf(each)),
        );
        if (right === undefined || !mayGive(giver, right, NOW)) return;
        const taker = rightsOf({ id: 'eve', groups: [] }, [grantOf({ ...right, who: 'user:eve' })]);
        for (const now of [NOW, NOW + 1, NOW + 500])
          for (const verb of VERBS)
            for (const target of TARGETS)
              for (const config of CONFIGS)
                if (may(taker, verb, target, config, now)) expect(may(giver, verb, target, config, now)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[what: string, held: Partial<Grant>, given: Partial<Grant>, isGiven: boolean]>([
    ['the same', { verbs: ['edit', 'grant'], scope: 'tenants/acme' }, { verbs: ['edit'], scope: 'tenants/acme' }, true],
    ['less', { verbs: ['edit', 'grant'] }, { verbs: ['list'], scope: 'groups/eu', config: 'app*' }, true],
    ['without `grant`', { verbs: ['edit'] }, { verbs: ['edit'] }, false],
    ['another verb', { verbs: ['edit', 'grant'] }, { verbs: ['reveal'] }, false],
    [
      'more tenants',
      { verbs: ['edit', 'grant'], scope: 'tenants/acme' },
      { verbs: ['edit'], scope: 'tenants/*' },
      false,
    ],
    ['everything', { verbs: ['edit', 'grant'], scope: 'tenants/*' }, { verbs: ['edit'], scope: '*' }, false],
    ['more configs', { verbs: ['edit', 'grant'], config: 'app/*' }, { verbs: ['edit'], config: 'app*' }, false],
    ['all configs', { verbs: ['edit', 'grant'], config: 'app*' }, { verbs: ['edit'], config: '*' }, false],
    ['for longer', { verbs: ['edit', 'grant'], expiresAt: NOW + 5 }, { verbs: ['edit'], expiresAt: NOW + 6 }, false],
    ['for ever', { verbs: ['edit', 'grant'], expiresAt: NOW + 5 }, { verbs: ['edit'] }, false],
    ['as long', { verbs: ['edit', 'grant'], expiresAt: NOW + 5 }, { verbs: ['edit'], expiresAt: NOW + 5 }, true],
    ['`grant` itself', { verbs: ['grant'] }, { verbs: ['grant'], scope: 'tenants/acme' }, true],
  ])('%s', (_, held, given, isGiven) => {
    expect(mayGive(rightsOf(ann, [grantOf(held)]), grantOf(given), NOW)).toBe(isGiven);
  });
});
