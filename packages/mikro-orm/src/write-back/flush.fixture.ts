import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { afterEach, beforeEach, expect } from 'vitest';
import { z } from 'zod';
import { type ConfigStore, configStore } from '../config-store/config-store.ts';
import type { TenantConfigs } from '../config-store/tenant-configs.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { ConfigRevision } from '../tables/config-tables.ts';
import { type WriteBack, writeBack } from './write-back.ts';

const patient = { cacheTimeout: '10s', databaseTimeout: '10s' } as const;
const options = { name: 'usage/hits', schema: z.number(), ...patient } as const;
export const hits = defineConfig({ ...options, writePolicy: 'write-back' });
export const others = Array.from({ length: 10 }, (_, i) =>
  defineConfig({ ...options, name: `others/${i}`, writePolicy: 'write-back' }),
);
/** The same config, after a release that writes it through. */
export const through = defineConfig(options);

// A system for each test. Every test file has its own copy of this module.
export let system: TestSystem;
export let back: WriteBack;
let store: ConfigStore;
let now: number;

/** Opens a system before each test of the file, and closes it afterwards. Its clock stands still. */
export function useFlushes(): void {
  beforeEach(async () => {
    now = Date.now();
    system = await openSystem({
      sync: [[Plan, plans]],
      tenantry: { configs: [hits, ...others], clock: () => now },
    });
    store = configStore(system.orm);
    back = writeBack(system.orm);
  });
  afterEach(() => system[Symbol.asyncDispose]());
}

/** Moves the system's clock on. */
export function pass(ms: number): void {
  now += ms;
}

/** Another process on the same database and Redis, with other definitions. */
export function beside(configs: readonly AnyConfig[]): Promise<TestSystem> {
  const { database, prefix } = system;
  return openSystem({ sync: [[Plan, plans]], database, prefix, tenantry: { configs } });
}

export async function history(name = hits.name) {
  const found = await system.em().find(ConfigRevision, { tenant: 'acme', name }, { orderBy: { version: 'asc' } });
  return found.map(({ version, value, origin }) => [Number(version), value, origin]);
}

export const shown = (): Promise<unknown> => system.value('acme', hits.address);
export const acme = (): TenantConfigs => store.tenant('acme');

/** Quiet: Redis, the database and the history agree on it, and nothing is dirty. */
export async function expectSettled(value: number | undefined, version: number): Promise<void> {
  expect(await back.dirtyCount('acme')).toBe(0);
  expect(await shown()).toBe(value);
  const [row] = await system.sql<{ value: string | null; version: string }>(
    "select value, version from tenantry_config where tenant = 'acme' and name = ?",
    [hits.name],
  );
  expect(row?.value ?? undefined).toBe(value === undefined ? undefined : JSON.stringify(value));
  expect(Number(row?.version)).toBe(version);
  const last = (await system.feed('acme')).flatMap(({ changes }) => changes).findLast(c => c.owner === hits.address);
  expect(last?.version).toBe(version);
}
