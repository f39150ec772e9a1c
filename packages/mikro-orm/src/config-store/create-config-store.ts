import { AsyncLocalStorage } from 'node:async_hooks';
import { type AnyConfig, GLOBAL_TENANT, tenantId } from '@tenantry/protocol';
import { groupTenant, tenantText } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../configs/config-parts.ts';
import type { Identity } from '../configs/identity.ts';
import { createWriteBack, type WriteBackParts } from '../write-back/create-write-back.ts';
import type { WriteBack } from '../write-back/write-back.ts';
import type { ConfigStore } from './config-store.ts';
import { deregisterConfig } from './deregister-config.ts';
import { expireDue } from './janitors/expire-due.ts';
import { trimRevisions } from './janitors/trim-revisions.ts';
import { registerConfig } from './register-config.ts';
import { createConfigScopes } from './stored-scopes.ts';
import { TenantConfigStore } from './tenant-config-store.ts';
import type { TenantConfigs } from './tenant-configs.ts';
import { listTenants } from './views/list-tenants.ts';
import { previewChanges } from './views/preview-changes.ts';
import { createStoredConfigs } from './views/stored-configs.ts';
import { whoOverrides } from './views/who-overrides.ts';

/** The config store, and the write-back that workers drive. */
export interface ConfigStoreParts {
  readonly store: ConfigStore;
  readonly writeBack: WriteBack;
  /** The parts of it, with the identity of the `runAs` around a call. */
  readonly parts: ConfigParts;
}

const NOBODY: Identity = Object.freeze({});
const TENANTS = 1_000;

/** The one place that puts the config store together. */
export function createConfigStore(shared: Omit<ConfigParts, 'identity'>): ConfigStoreParts {
  const identities = new AsyncLocalStorage<Identity>();
  const parts: ConfigParts = { ...shared, identity: () => identities.getStore() ?? NOBODY };
  const writeBack = createWriteBack(parts);
  const { flusher } = writeBack;
  const definitions = () => parts.registry.applicationConfigs();
  const configsOf = createTenantLookup(parts, writeBack);
  const stored = createStoredConfigs(parts, writeBack.reader);
  const store: ConfigStore = {
    tenant: id => configsOf(tenantId(id)),
    group: name => configsOf(groupTenant(name)),
    global: () => configsOf(tenantText(GLOBAL_TENANT)),
    scopes: createConfigScopes(parts, configsOf),
    stored,
    whoOverrides: (config, options) => whoOverrides(parts, config, options),
    preview: (changes, options) => previewChanges(parts, stored, changes, options),
    runAs: (identity, work) => identities.run({ ...parts.identity(), ...identity }, work),
    get definitions() {
      return new Map(definitions().map(definition => [definition.name, definition]));
    },
    definition: name => parts.registry.configNamed(name),
    groups: () => groupsOf(definitions()),
    tenants: options => listTenants(parts, options),
    register: definition => registerConfig(parts, definition),
    deregister: definition => deregisterConfig(parts, flusher, definition),
    trimRevisions: (options = {}) => trimRevisions(parts, options),
    expireDue: (options = {}) => expireDue(parts, flusher, options),
  };
  return { store, writeBack: writeBack.writeBack, parts };
}

/** Keeps the tenants that were asked for last: most requests of a process ask for one of them. */
function createTenantLookup(parts: ConfigParts, writeBack: WriteBackParts): (tenant: string) => TenantConfigs {
  const known = new Map<string, TenantConfigs>();
  return tenant => {
    const configs = known.get(tenant) ?? new TenantConfigStore({ tenant, parts, writeBack });
    // Deleted and set again, it is the last of the map; the first is the one that was not asked for the longest.
    known.delete(tenant);
    known.set(tenant, configs);
    if (known.size > TENANTS) known.delete(known.keys().next().value as string);
    return configs;
  };
}

/** The groups of these configs in the order of their names, each with the names of its configs. */
function groupsOf(definitions: readonly AnyConfig[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { name, groups: own } of definitions)
    for (const group of own) groups.set(group, [...(groups.get(group) ?? []), name]);
  return new Map([...groups.keys()].sort().map(group => [group, groups.get(group)?.sort() ?? []]));
}
