import type { Principal } from '@tenantry/admin-api';
import type { JWTPayload } from 'jose';
import type { CheckedOidcOptions } from './oidc-options.ts';

const LONGEST_NAME = 200;
const MOST_GROUPS = 200;

/** Who the claims are about; undefined where they do not say. They are taken for `toleranceSeconds` after their end. */
export function principalOf(
  claims: JWTPayload,
  { userClaim, groupsClaim }: Pick<CheckedOidcOptions, 'userClaim' | 'groupsClaim'>,
  toleranceSeconds = 0,
): Principal | undefined {
  const id = claims[userClaim];
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_NAME) return undefined;
  // An address that nobody has proved may be somebody else's.
  if (userClaim === 'email' && claims.email_verified !== true) return undefined;
  const said = claims[groupsClaim];
  const groups = (Array.isArray(said) ? said : typeof said === 'string' ? [said] : []).filter(
    (group): group is string => typeof group === 'string' && group !== '' && group.length <= LONGEST_NAME,
  );
  const name = claims.name;
  return {
    id,
    groups: groups.slice(0, MOST_GROUPS),
    name: typeof name === 'string' && name.length <= LONGEST_NAME ? name : undefined,
    ...(claims.exp !== undefined && { until: (claims.exp + toleranceSeconds) * 1_000 }),
  };
}
