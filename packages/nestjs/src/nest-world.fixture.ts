import { type AnyConfig, defineConfig, GLOBAL_TENANT } from '@tenantry/protocol';
import { z } from 'zod';
import { configPut, PATIENT } from '../../sdk/src/published-configs.fixture.ts';
import { currencies, currencyPut, startWorld } from '../../sdk/src/world.fixture.ts';

export const feature = defineConfig({
  name: 'feature',
  schema: z.object({ mode: z.string() }),
  default: { mode: 'off' },
  ...PATIENT,
});

export const limits = defineConfig({ name: 'limits', schema: z.object({ most: z.number() }), ...PATIENT });

/** Belongs to no tenant. */
export const euro = currencies.by('code', { code: 'EUR' });

export { currencies };

/** Writes what a writer would publish, into a prefix of its own. */
export interface NestWorld extends AsyncDisposable {
  /** For `createClient` and for `TenantryModule.forRoot`. */
  readonly options: { readonly redis: string; readonly prefix: string; readonly readTimeoutMs: number };
  set(tenant: string, config: AnyConfig, version: number, value: unknown): Promise<unknown>;
  setEuro(version: number, digits: number): Promise<unknown>;
}

export function startNestWorld(): NestWorld {
  const world = startWorld();
  const { prefix, redisUrl, apply } = world;
  return {
    options: { redis: redisUrl, prefix, readTimeoutMs: 15_000 },
    set: (tenant, config, version, value) => apply(tenant, configPut(config, version, value)),
    setEuro: (version, digits) => apply(GLOBAL_TENANT, currencyPut('EUR', digits, version)),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
