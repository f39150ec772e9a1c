import { defineConfig } from '@tenantry/protocol';
import { PATIENT } from '@tenantry/testing';
import { z } from 'zod';
import { system } from '../config-store/store.fixture.ts';
import { allConfigs } from '../configs.fixture.ts';
import { ConfigRevision } from '../tables/config-tables.ts';

export const hits = defineConfig({
  name: 'usage/hits',
  schema: z.object({ n: z.number(), by: z.string().optional() }),
  writePolicy: 'write-back',
  ...PATIENT,
});
export const lines = defineConfig({ name: 'usage/lines', schema: z.number(), writePolicy: 'write-back', ...PATIENT });
export const cart = defineConfig({
  name: 'cart',
  schema: z.object({ n: z.number() }),
  persistence: 'none',
  cacheTimeout: '60s',
});
export const brief = defineConfig({
  name: 'brief',
  schema: z.number(),
  persistence: 'none',
  ttl: '40ms',
  cacheTimeout: '60s',
});
export const keys = Array.from({ length: 100 }, (_, i) =>
  defineConfig({ name: `many/${i}`, schema: z.number(), writePolicy: 'write-back', ...PATIENT }),
);
export const configs = [...allConfigs, hits, lines, cart, brief, ...keys];

/** The history of one tenant, oldest first. */
export async function revisions(tenant: string, of = system) {
  const found = await of.em().find(ConfigRevision, { tenant }, { orderBy: { id: 'asc' } });
  return found.map(({ name, version, op, value }) => [name, Number(version), op, value]);
}
