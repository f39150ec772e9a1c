import type { Principal } from '@tenantry/admin-api';
import { Refused } from '../http/refused.ts';
import type { Auth } from './auth.ts';
import { cameByProxy } from './came-by-proxy.ts';
import { isLoopback } from './trusted-header.ts';

/** Who calls where nothing says who does. */
export const LOCAL: Principal = Object.freeze({ id: 'local', groups: Object.freeze([]) });

/** What an admin without `auth` says, at its start and to whoever comes from elsewhere. */
export const HOW_TO_CONFIGURE =
  'No `auth` is configured, so only this machine is answered. Pass `auth` to `createAdmin`: `trustedHeader`, `staticTokens`, `oidc`, or a function of your own. A server that hands requests on says where they come from: `fetch(request, { address })`.';

/**
 * Where no `auth` is configured: everything is allowed to this machine, and nothing to others. `AUTH_NOT_CONFIGURED` for what comes from another
 * address, from one that nobody said, over a proxy, or under another name than this machine's own: a page of another site could lead a browser here
 * by a name that it owns, and a name alone says nothing of where a request comes from.
 */
export const localCaller: Auth = (request, { address }) => {
  const { hostname } = new URL(request.url);
  const isLocalName = hostname === 'localhost' || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
  const isLocal = isLocalName && address !== undefined && isLoopback(address);
  if (isLocal && !cameByProxy(request)) return LOCAL;
  throw new Refused(403, 'AUTH_NOT_CONFIGURED', HOW_TO_CONFIGURE);
};
