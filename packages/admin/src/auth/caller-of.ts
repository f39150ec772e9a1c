import type { Principal } from '@tenantry/admin-api';
import { Refused } from '../http/refused.ts';
import type { Auth, Connection } from './auth.ts';

/** Who calls, as `auth` says; undefined: nobody that it knows. A `TypeError` for an answer of it that is no principal. */
export async function callerOf(auth: Auth, request: Request, connection: Connection): Promise<Principal | undefined> {
  const principal = await auth(request, connection);
  return principal && checkedPrincipal(principal);
}

/** The refusal of a call that somebody must make. */
export function notSignedIn(): Refused {
  return new Refused(401, 'NOT_SIGNED_IN', 'Nobody is signed in, or the sign-in has ended.', {
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/** An `auth` of the application may answer anything. */
function checkedPrincipal({ id, groups, name, until, missesGroups }: Principal): Principal {
  const isWhole =
    typeof id === 'string' &&
    id !== '' &&
    Array.isArray(groups) &&
    groups.every(each => typeof each === 'string') &&
    (until === undefined || (typeof until === 'number' && !Number.isNaN(until)));
  // As grants have names: two forms of one would be two callers.
  const form = (text: string) => text.normalize('NFC');
  if (isWhole)
    return {
      ...{ id: form(id), groups: groups.map(form) },
      ...(name !== undefined && { name }),
      ...(missesGroups === true && { missesGroups }),
      ...(until !== undefined && { until }),
    };
  throw new TypeError(
    '`auth` must answer { id, groups }: the id a text that is not empty, the groups a list of texts; and `until`, if any, in ms since 1970.',
  );
}
