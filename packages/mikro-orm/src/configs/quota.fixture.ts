import { defineConfig, TenantryError } from '@tenantry/protocol';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { z } from 'zod';
import { type ConfigStore, configStore } from '../config-store/config-store.ts';
import type { TenantConfigs } from '../config-store/tenant-configs.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { type WriteBack, writeBack } from '../write-back/write-back.ts';

// On two busy cores, what is not about time must not depend on it.
const patient = { schema: z.number(), cacheTimeout: '20s', databaseTimeout: '20s' } as const;
const define = (name: string) => defineConfig({ ...patient, name, writePolicy: 'write-back' });
export const [a, b, c, d] = ['back/a', 'back/b', 'back/c', 'back/d'].map(define) as [Config, Config, Config, Config];
export const many = Array.from({ length: 20 }, (_, i) => define(`many/${i}`));
export const [through, alsoThrough] = ['through', 'through/too'].map(name => defineConfig({ ...patient, name })) as [
  Config,
  Config,
];
export const around = defineConfig({ ...patient, name: 'around', writePolicy: 'write-around' });
export const memory = defineConfig({ name: 'memory', schema: z.number(), cacheTimeout: '20s', persistence: 'none' });
export const configs = [a, b, c, d, ...many, through, alsoThrough, around, memory];
type Config = ReturnType<typeof define>;

export const QUOTA = 3;
export let system: TestSystem;
export let store: ConfigStore;
export let back: WriteBack;
let ahead = 0;
let tenants = 0;
export let id: string;
export let acme: TenantConfigs;

/** Opens the system before the first test of the file; each test has a tenant of its own. */
export function useQuota(): void {
  beforeAll(async () => {
    const clock = () => Date.now() + ahead;
    system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs, clock, maxConfigsPerTenant: QUOTA } });
    store = configStore(system.orm);
    back = writeBack(system.orm);
  });
  afterAll(() => system[Symbol.asyncDispose]());
  beforeEach(() => {
    ahead = 0;
    id = `tenant-${++tenants}`;
    acme = store.tenant(id);
  });
}

/** Moves the system's clock on, until the test ends. */
export function pass(ms: number): void {
  ahead += ms;
}

export const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'written',
    error => (error instanceof TenantryError ? error.code : error),
  );
export const namesOf = async () => (await acme.list()).items.map(({ name }) => name);
/** How many configs the database has set. */
export async function rows(): Promise<number> {
  const [row] = await system.sql<{ n: number | string }>(
    'select count(*) as n from tenantry_config where tenant = ? and version > 0 and deleted_at is null',
    [id],
  );
  return Number(row?.n);
}
/** Deletes everything that Redis has of this tenant. */
export async function lose(): Promise<void> {
  const keys = await system.redis.keys(`${system.prefix}:{${id}}:*`);
  if (keys.length > 0) await system.redis.del(...keys);
}
