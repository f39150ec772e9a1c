import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

// What is not about time must not depend on it: here everything shares two cores.
const cacheTimeout = '10s';
const patient = { cacheTimeout, databaseTimeout: '30s' } as const;

/** One config for each way of writing. */
export const theme = defineConfig({
  ...patient,
  name: 'ui/theme',
  schema: z.object({ color: z.string(), size: z.number().int().min(1).default(12) }),
  default: { color: 'blue' },
  group: ['ui', 'public'],
});

export const limit = defineConfig({
  ...patient,
  name: 'limits/requests',
  schema: z.number().int().min(0),
  group: 'limits',
});

export const banner = defineConfig({
  ...patient,
  name: 'ui/banner',
  schema: z.object({ text: z.string(), links: z.array(z.string()).default([]) }),
  group: 'ui',
  writePolicy: 'write-around',
});

export const counter = defineConfig({
  ...patient,
  name: 'usage/counter',
  schema: z.object({ n: z.number() }),
  group: 'limits',
  writePolicy: 'write-back',
});

export const session = defineConfig({
  name: 'session',
  schema: z.object({ user: z.string() }),
  persistence: 'none',
  cacheTimeout,
});

export const apiKey = defineConfig({
  ...patient,
  name: 'secrets/api-key',
  schema: z.object({ url: z.string(), key: z.string() }),
  secret: true,
});

export const allConfigs = [theme, limit, banner, counter, session, apiKey] as const;
