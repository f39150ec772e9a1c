import { TenantryError } from '@tenantry/protocol';
import { afterAll, beforeAll } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import type { TenantryOptions } from '../tenantry-options.ts';
import { type WriteBack, writeBack } from '../write-back/write-back.ts';
import { type ConfigStore, configStore } from './config-store.ts';
import type { TenantConfigs } from './tenant-configs.ts';

// One system for all tests of a file, which each take tenants of their own from it. Every test file has its own copy of this
// module.
export let system: TestSystem;
export let store: ConfigStore;
export let back: WriteBack;
let tenants = 0;

/** Opens the system before the first test of the file, and closes it after the last. */
export function useStore(tenantry: Partial<TenantryOptions>): void {
  beforeAll(async () => {
    system = await openSystem({ sync: [[Plan, plans]], tenantry });
    store = configStore(system.orm);
    back = writeBack(system.orm);
  });
  afterAll(() => system[Symbol.asyncDispose]());
}

/** A tenant that no other test has. */
export function fresh(): { id: string; configs: TenantConfigs } {
  const id = `tenant-${++tenants}`;
  return { id, configs: store.tenant(id) };
}

/** The code of the error with which the work ends; `no error` if it succeeds. */
export function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    error => (error instanceof TenantryError ? error.code : error),
  );
}
