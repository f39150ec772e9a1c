import { describe, expect, it } from 'vitest';
import { principalOf } from './principal-of.ts';

const CLAIMS = { userClaim: 'sub', groupsClaim: 'roles' };
const of = (claims: object) => principalOf({ sub: 'ann', ...claims }, CLAIMS);

describe('the groups of a principal', () => {
  it('are all that the provider says, however many, and as long as a grant can name them', () => {
    const roles = [...Array.from({ length: 1_000 }, (_, i) => `role-${i}`), 'x'.repeat(249)];
    expect(of({ roles: [...roles, 'x'.repeat(250), '', 5] })?.groups).toEqual(roles);
    expect(of({ roles: 'one' })?.groups).toEqual(['one']);
  });

  it.each([
    [
      'stand elsewhere',
      { _claim_names: { roles: 'src1' }, _claim_sources: { src1: { endpoint: 'https://x.example' } } },
    ],
    ['are too many for an address', { hasgroups: true }],
  ])('are known to be missing where they %s', (_, claims) => {
    expect(of(claims)).toMatchObject({ groups: [], missesGroups: true });
  });

  it.each([
    {},
    { _claim_names: { other: 'src1' } },
    { _claim_names: 'roles' },
    { hasgroups: false },
    // Of other groups than those that count here.
    { hasgroups: true, roles: ['editor'] },
  ])('are not said to be missing for %j', claims => {
    expect(of(claims)).not.toHaveProperty('missesGroups');
  });
});
