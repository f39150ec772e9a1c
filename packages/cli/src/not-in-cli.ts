import type { RouteId } from '@tenantry/admin-api';

/** Routes that no command calls, and why. */
export const NOT_IN_CLI: Partial<Readonly<Record<RouteId, string>>> = {
  'configs.bulk': 'it writes many configs of a scope at once, as a plan has them: `set` and `patch` write one',
};
