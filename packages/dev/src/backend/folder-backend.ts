import { randomUUID } from 'node:crypto';
import type { AdminBackend, BackendStore } from '@tenantry/admin';
import { GLOBAL_TENANT, TenantryError, tenantId } from '@tenantry/protocol';
import { groupOf, groupTenant, scopeOf, tenantText } from '@tenantry/protocol/internal';
import type { FolderParts } from './folder-parts.ts';
import { Identities } from './identity.ts';
import { pageOf } from './pages.ts';
import { previewChanges } from './preview-changes.ts';
import { scopeConfigs } from './scope-configs.ts';
import { storedValues } from './stored-values.ts';
import { tenantsOf } from './tenants-of.ts';
import { whoOverrides } from './who-overrides.ts';
import { type GroupOptions, writeGroupsOf } from './write-groups.ts';
import { writeTogether } from './write-together.ts';

const GLOBAL = tenantText(GLOBAL_TENANT);

/** The folder, as an admin shows and changes it. */
export function folderBackend(parts: FolderParts): AdminBackend {
  const identities = new Identities();
  // Versions are of this process, and so are places in lists.
  const installation = randomUUID();
  const configsOf = (tenant: string) => scopeConfigs(parts, identities, tenant);

  const writeGroups = (tenant: string, groups: readonly string[] | undefined, options: GroupOptions = {}) =>
    writeGroupsOf(parts, identities, tenant, groups, options);

  const store: BackendStore = {
    tenant: id => configsOf(tenantId(id)),
    group: name => configsOf(groupTenant(name)),
    global: () => configsOf(GLOBAL),
    stored: storedValues(parts),
    get definitions() {
      return new Map(parts.configs);
    },
    definition: name =>
      parts.configs.get(name) ?? [...parts.configs.values()].find(({ aliases }) => aliases.includes(name)),
    tenants: async (options = {}) => tenantsOf(parts, options),
    whoOverrides: async (config, options = {}) => whoOverrides(parts, config, options),
    preview: async (changes, options = {}) => previewChanges(parts, changes, options),
    runAs: (identity, work) => identities.runAs(identity, work),
    scopes: {
      set: async (tenant, groups, options) => writeGroups(tenantId(tenant), groups, options),
      setGroup: async (name, groups = [], options) => writeGroups(groupTenant(name), groups, options),
      deleteGroup: async (name, options) => writeGroups(groupTenant(name), undefined, options),
      async groups({ prefix = '', ...page } = {}) {
        const names = [...parts.state.memberships().keys()].map(groupOf).filter(name => name?.startsWith(prefix));
        return pageOf((names as string[]).sort(), name => name, page);
      },
      async members(group, options) {
        const members = [...parts.state.memberships()].filter(([, groups]) => groups.includes(group));
        return pageOf(members.map(([member]) => scopeOf(member)).sort(), scope => scope, options);
      },
    },
  };

  return {
    store,
    grants: NO_GRANTS,
    lacks: ['grants.give', 'grants.take', 'expiresAt', 'secrets'],
    audit: parts.audit,
    now: parts.now,
    writeTogether: (scope, changes, groups) => writeTogether(parts, identities, { scope, changes, groups }),
    installation: async () => installation,
    problem: async () => undefined,
  };
}

/** Whoever can change the files may do everything. */
const NO_GRANTS: AdminBackend['grants'] = {
  all: async () => [],
  list: async () => ({ items: [], cursor: undefined }),
  give: async () => noGrants(),
  take: async () => noGrants(),
};

function noGrants(): never {
  throw new TenantryError(
    'NOT_SUPPORTED',
    'This admin shows a folder, and a folder has no grants: nothing was written.',
  );
}
