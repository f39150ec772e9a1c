import { type ConfigStore, configStore } from '@tenantry/mikro-orm';
import { defineConfig, type Scope } from '@tenantry/protocol';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem, type TestSystem } from '../../mikro-orm/src/system.fixture.ts';
import type { LoadReport } from './apply/load-report.ts';
import { loadOnce } from './load-once.ts';
import type { LoaderOptions, LoadOnceOptions } from './loader-options.ts';
import { startLoader, type TenantryLoader } from './start-loader.ts';

/** They wait for the servers as long as a busy machine takes. */
const PATIENT = { cacheTimeout: '10s', databaseTimeout: '30s' } as const;

export const limits = defineConfig({
  ...PATIENT,
  name: 'limits',
  schema: z.object({ max: z.number() }),
  inherit: 'replace',
});
export const mode = defineConfig({ ...PATIENT, name: 'ui/mode', schema: z.string() });
export const range = defineConfig({
  ...PATIENT,
  name: 'range',
  inherit: 'merge',
  schema: z.object({ min: z.number(), max: z.number() }).refine(({ min, max }) => min <= max, 'min is above max'),
  default: { min: 0, max: 10 },
});
export const smtp = defineConfig({
  ...PATIENT,
  name: 'smtp',
  schema: z.union([z.string().min(8), z.object({ host: z.string(), password: z.string().min(8) })]),
  secret: true,
});
export const token = defineConfig({ name: 'token', schema: z.number(), persistence: 'none' });
export const later = defineConfig({ ...PATIENT, name: 'later', schema: z.number(), writePolicy: 'write-back' });

export let system: TestSystem;
export let store: ConfigStore;
let loaders = 0;

/** One system for all tests of a file, which take loaders and tenants of their own. */
export function useSystem(): void {
  beforeAll(async () => {
    const configs = [limits, mode, range, smtp, token, later];
    system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs, admin: true } });
    store = configStore(system.orm);
  });
  afterAll(() => system[Symbol.asyncDispose]());
}

/** A loader's name that no other test has. */
export function freshName(): string {
  return `l${++loaders}`;
}

/** Imports a folder once. */
export function load(dir: string, options: Partial<LoadOnceOptions> = {}): Promise<LoadReport> {
  return loadOnce({ orm: system.orm as never, dir, settleMs: 0, ...options });
}

/** A loader that ends with the test. */
export function started(dir: string, options: Partial<LoaderOptions> = {}): TenantryLoader {
  const loader = startLoader({
    orm: system.orm as never,
    dir,
    settleMs: 20,
    scanMs: 100,
    name: freshName(),
    ...options,
  });
  onTestFinished(() => loader.close());
  return loader;
}

/** The actions of a report, by scope and config. */
export function actionsOf({ items }: LoadReport): Record<string, string> {
  return Object.fromEntries(items.map(({ scope, config, action }) => [`${scope} ${config}`, action]));
}

/** What the store has of a scope, with versions and origins. */
export async function storedIn(scope: Scope): Promise<Record<string, unknown[]>> {
  const configs = [...store.definitions.values()].filter(({ persistence }) => persistence === 'database');
  const found = (await store.stored.ofMany([scope], configs)).get(scope) ?? new Map();
  return Object.fromEntries(
    [...found].map(([name, { version, json }]) => [name, [version, json === undefined ? undefined : JSON.parse(json)]]),
  );
}

/** How many versions there are of anything. */
export async function versionsInAll(): Promise<number> {
  const [row] = await system.sql<{ n: number | string }>('select count(*) as n from tenantry_config_revision');
  return Number(row?.n);
}
