import type { Principal } from '@tenantry/admin-api';
import type { JWTPayload } from 'jose';
import type { CheckedOidcOptions } from './oidc-options.ts';

const LONGEST_NAME = 200;
/** What a session says of somebody whose groups the provider left out. */
export const MISSES = 'missesGroups';
/** No grant can name a group with a longer name. */
const LONGEST_GROUP = 249;

/**
 * Who the claims are about; undefined where they do not say. They are taken for `toleranceSeconds` after their end. All groups count: a token is no longer than
 * headers may be, and a session no longer than its cookies.
 */
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
    (group): group is string => typeof group === 'string' && group !== '' && group.length <= LONGEST_GROUP,
  );
  const name = claims.name;
  return {
    id,
    groups,
    name: typeof name === 'string' && name.length <= LONGEST_NAME ? name : undefined,
    ...(leavesOut(claims, groupsClaim) && { missesGroups: true as const }),
    ...(claims.exp !== undefined && { until: (claims.exp + toleranceSeconds) * 1_000 }),
  };
}

/**
 * Whether the provider does not say the groups, because there are too many: OpenID Connect's distributed claims, as Entra ID answers above 200 groups. This
 * server does not follow them, so the sign-in has fewer rights than the person. `hasgroups` stands in the place of `groups`: who says what counts here, such as
 * roles, leaves nothing of it out.
 */
function leavesOut(claims: JWTPayload, groupsClaim: string): boolean {
  const elsewhere = claims._claim_names;
  const isElsewhere = typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, groupsClaim);
  const isTooLong = claims.hasgroups === true && claims[groupsClaim] === undefined;
  return isElsewhere || isTooLong || claims[MISSES] === true;
}
