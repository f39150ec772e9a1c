import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

// What is not about time must not depend on it: here everything shares two cores.
const databaseTimeout = '30s';

/** One config for each way of writing. */
export const theme = defineConfig({
  databaseTimeout,
  name: 'ui/theme',
  schema: z.object({ color: z.string(), size: z.number().int().min(1).default(12) }),
  default: { color: 'blue' },
  group: ['ui', 'public'],
});

export const limit = defineConfig({
  databaseTimeout,
  name: 'limits/requests',
  schema: z.number().int().min(0),
  group: 'limits',
});

export const banner = defineConfig({
  databaseTimeout,
  name: 'ui/banner',
  schema: z.object({ text: z.string(), links: z.array(z.string()).default([]) }),
  group: 'ui',
  writePolicy: 'write-around',
});

export const counter = defineConfig({
  databaseTimeout,
  name: 'usage/counter',
  schema: z.object({ n: z.number() }),
  group: 'limits',
  writePolicy: 'write-back',
});

export const session = defineConfig({ name: 'session', schema: z.object({ user: z.string() }), persistence: 'none' });

export const apiKey = defineConfig({
  databaseTimeout,
  name: 'secrets/api-key',
  schema: z.object({ url: z.string(), key: z.string() }),
  secret: true,
});

export const allConfigs = [theme, limit, banner, counter, session, apiKey] as const;
