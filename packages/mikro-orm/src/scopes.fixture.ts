import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

// What is not about time must not depend on it: here everything shares two cores.
const patient = { cacheTimeout: '10s', databaseTimeout: '30s' } as const;

/** The nearest scope's value as a whole. */
export const plan = defineConfig({
  ...patient,
  name: 'plan',
  schema: z.object({ seats: z.number(), name: z.string().optional() }),
  default: { seats: 1 },
  inherit: 'replace',
});

/** Merged, and its schema is about two properties: each layer may be good by itself. */
export const range = defineConfig({
  ...patient,
  name: 'range',
  schema: z
    .object({ min: z.number(), max: z.number(), note: z.string().nullable().optional() })
    .refine(({ min, max }) => min <= max, { message: 'min > max' }),
  default: { min: 0, max: 100 },
  inherit: 'merge',
});

/** Merged with the items of its list, and without a default. */
export const menu = defineConfig({
  ...patient,
  name: 'menu',
  schema: z.object({ items: z.array(z.object({ id: z.string(), text: z.string() })) }),
  inherit: 'merge',
  mergeListsBy: { '/items': 'id' },
});

/** A tenant's own alone. */
export const own = defineConfig({ ...patient, name: 'own', schema: z.number() });

export const scopedConfigs = [plan, range, menu, own] as const;
