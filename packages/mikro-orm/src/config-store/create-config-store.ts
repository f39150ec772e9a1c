import { AsyncLocalStorage } from 'node:async_hooks';
import { tenantId } from '@tenantry/protocol';
import type { ConfigParts } from '../configs/config-parts.ts';
import type { Identity } from '../configs/identity.ts';
import { createWriteBack } from '../write-back/create-write-back.ts';
import type { WriteBack } from '../write-back/write-back.ts';
import type { ConfigStore } from './config-store.ts';
import { groupsOf } from './groups-of.ts';
import { expireDue } from './janitors/expire-due.ts';
import { trimRevisions } from './janitors/trim-revisions.ts';
import { deregisterConfig, registerConfig } from './register-config.ts';
import { createTenantConfigs } from './tenant-config-store.ts';
import { listTenants } from './views/list-tenants.ts';

/** The config store and what workers drive of it. */
export interface ConfigStoreParts {
  readonly store: ConfigStore;
  readonly writeBack: WriteBack;
}

/** The one place that puts the config store together. */
export function createConfigStore(shared: Omit<ConfigParts, 'identity'>): ConfigStoreParts {
  const identities = new AsyncLocalStorage<Identity>();
  const parts: ConfigParts = { ...shared, identity: () => identities.getStore() ?? NOBODY };
  const writeBack = createWriteBack(parts);
  const store: ConfigStore = {
    tenant: id => createTenantConfigs(parts, writeBack, tenantId(id)),
    runAs: (identity, work) => identities.run({ ...parts.identity(), ...identity }, work),
    get definitions() {
      return new Map(parts.registry.configs().map(({ definition }) => [definition.name, definition]));
    },
    groups: () => groupsOf(parts.registry.configs().map(({ definition }) => definition)),
    tenants: options => listTenants(parts, options),
    register: definition => registerConfig(parts, definition),
    deregister: definition => deregisterConfig(parts, writeBack.flusher, definition),
    trimRevisions: (options = {}) => trimRevisions(parts, options),
    expireDue: (options = {}) => expireDue(parts, writeBack.flusher, options),
  };
  return { store, writeBack: writeBack.writeBack };
}

const NOBODY: Identity = Object.freeze({});
