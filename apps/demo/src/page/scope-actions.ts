import { GROUP } from '../definitions/service-level.ts';
import type { ScopeChange } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { LayerWrite } from '../writer/scopes-api.ts';

/** What the page's scopes do, by path. */
export function scopeActions(demo: Demo) {
  return {
    '/scopes/write': async (write: LayerWrite) => said(write.scope, await demo.changeLayer(write)),
    '/scopes/membership': async ({ tenant, isMember }: { tenant: string; isMember: boolean }) => {
      const change = await demo.changeGroups({ tenant, groups: isMember ? [GROUP] : [] });
      return said(`${tenant} ${isMember ? 'in' : 'out of'} ${GROUP}`, change);
    },
  };
}

function said(what: string, { affected, flushMs, result }: ScopeChange) {
  const values = `${affected.length} tenant${affected.length === 1 ? ' has another value' : 's have other values'}`;
  return { said: `${what} v${result.version} acknowledged in ${flushMs.toFixed(1)} ms: ${values}.` };
}
