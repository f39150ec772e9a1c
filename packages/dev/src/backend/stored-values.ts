import type { BackendStore } from '@tenantry/admin';
import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import { GROUPS_NAME, groupOf, isOwnTenant, scopeOf, tenantOfScope, tenantText } from '@tenantry/protocol/internal';
import type { FolderParts } from './folder-parts.ts';
import { pageOf } from './pages.ts';

type Stored = BackendStore['stored'];

const GROUPS = { name: GROUPS_NAME };

/** What the folder has, secrets in clear. */
export function storedValues({ state }: FolderParts): Stored {
  const textOf = (scope: Scope) => tenantText(tenantOfScope(scope));
  const texts = (scope: Scope, configs: readonly Pick<AnyConfig, 'name'>[]) => {
    const found = configs.flatMap(config => {
      const latest = state.get(textOf(scope), config)?.latest;
      if (!latest) return [];
      const { version, json, at, actor, origin } = latest;
      const times = { updatedAt: new Date(at), updatedBy: actor, origin, expiresAt: undefined, dirty: false };
      return [[config.name, { version, json, ...times }] as const];
    });
    return new Map(found);
  };
  return {
    of: async (scope, configs) => texts(scope, configs),
    ofMany: async (scopes, configs) => {
      const found = scopes.map(scope => [scope, texts(scope, [...configs, GROUPS])] as const);
      return new Map(found.filter(([, { size }]) => size > 0));
    },
    known: async (scopes, configs) => ({
      texts: new Map(scopes.map(scope => [scope, texts(scope, configs)])),
      unsure: new Set(),
    }),
    async withOrigin(prefix, page = {}) {
      const found = [...state.standing()]
        .flatMap(({ tenant, name, stored: { latest } }) =>
          latest.json !== undefined && latest.origin.startsWith(prefix)
            ? { scope: scopeOf(tenant), config: name, version: latest.version, origin: latest.origin }
            : [],
        )
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      return pageOf(found, keyOf, page);
    },
    async revision(scope, config, version) {
      const revisions = state.get(textOf(scope), config)?.revisions ?? [];
      const found = revisions.find(each => each.version === version);
      if (found) return found.json;
      throw new TenantryError('VERSION_NOT_FOUND', `"${config.name}" has no version ${version}.`);
    },
    async groups(scopes) {
      const found = scopes.flatMap(scope => {
        const latest = state.get(textOf(scope), GROUPS)?.latest;
        if (!latest) return [];
        const groups = latest.json === undefined ? undefined : (JSON.parse(latest.json) as string[]);
        return [[scope, { groups, version: latest.version }] as const];
      });
      return new Map(found);
    },
    memberships: async () =>
      new Map([...state.memberships()].map(([tenant, groups]) => [scopeOf(tenant), groups] as const)),
    async scopesOf(config, { prefix = '', ...page } = {}) {
      const found = [...state.values(config)]
        .filter(([tenant]) => nameOf(tenant).startsWith(prefix))
        .sort(([a], [b]) => orderOf(a) - orderOf(b) || (a < b ? -1 : 1))
        .map(([tenant, json]) => ({
          scope: scopeOf(tenant),
          version: state.get(tenant, config)?.latest.version ?? 0,
          json,
        }));
      return pageOf(found, ({ scope }) => scope, page);
    },
  };
}

function keyOf({ scope, config }: { readonly scope: Scope; readonly config: string }): string {
  return `${scope} ${config}`;
}

function nameOf(tenant: string): string {
  return groupOf(tenant) ?? (isOwnTenant(tenant) ? tenant : '');
}

/** The global scope, then groups, then tenants. */
function orderOf(tenant: string): number {
  if (isOwnTenant(tenant)) return 2;
  return groupOf(tenant) === undefined ? 0 : 1;
}
