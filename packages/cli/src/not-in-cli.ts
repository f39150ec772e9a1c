import type { RouteId } from '@tenantry/admin-api';

/** Routes that no command calls, and why. */
export const NOT_IN_CLI: Partial<Readonly<Record<RouteId, string>>> = {};
