import { type Grant, may, ROUTES, type Route, rightsOf, VERBS } from '@tenantry/admin-api';
import type { Scope } from '@tenantry/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { authorize } from './authorize.ts';

const NOW = 1_000;
const SCOPES: readonly Scope[] = ['global', 'groups/eu', 'tenants/acme', 'tenants/zeta'];
const CONFIGS = ['app', 'mail', '@groups'];

const grants = fc.array(
  fc.record({
    verbs: fc.uniqueArray(fc.constantFrom(...VERBS), { minLength: 1, maxLength: 2 }),
    scope: fc.constantFrom(...SCOPES, 'groups/*', 'tenants/*', 'installation', '*'),
    config: fc.constantFrom('app', 'a*', 'mail', '*'),
    expiresAt: fc.constantFrom(undefined, NOW, NOW + 1),
  }),
  { maxLength: 4 },
);

function outcome(work: () => void): string {
  try {
    work();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

// B9
it('for any grants, each call about a scope goes on where `may` says so, is forbidden where it may be listed, and else is not there', () => {
  fc.assert(
    fc.property(grants, some => {
      const all = some.map(
        (grant, i): Grant => ({ ...grant, id: String(i), who: '*', createdAt: 0, createdBy: 'root' }) as Grant,
      );
      const rights = rightsOf({ id: 'ann', groups: [] }, all);
      for (const route of Object.values(ROUTES) as Route[])
        for (const scope of SCOPES)
          for (const config of CONFIGS.slice(0, 2)) {
            const { verb, target } = route;
            const found = outcome(() => authorize({ route, scope, config }, rights, NOW));
            if (verb === 'any' || verb === 'public') expect(found).toBe('ok');
            else if (target === 'installation')
              expect(found).toBe(may(rights, verb, 'installation', config, NOW) ? 'ok' : 'FORBIDDEN');
            else if (target === 'scope') {
              const mayList = may(rights, 'list', scope, route.config ? undefined : config, NOW);
              const refused = mayList ? 'FORBIDDEN' : 'NOT_FOUND';
              expect(found).toBe(may(rights, verb, scope, route.config ?? config, NOW) ? 'ok' : refused);
            } else if (found === 'ok') expect(may(rights, 'list', scope, config, NOW)).toBe(true);
          }
    }),
    { numRuns: 50 },
  );
});
