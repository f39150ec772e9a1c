import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

/** One config for each way of writing. */
export const theme = defineConfig({
  name: 'ui/theme',
  schema: z.object({ color: z.string(), size: z.number().int().min(1).default(12) }),
  default: { color: 'blue' },
  group: ['ui', 'public'],
});

export const limit = defineConfig({ name: 'limits/requests', schema: z.number().int().min(0), group: 'limits' });

export const banner = defineConfig({
  name: 'ui/banner',
  schema: z.object({ text: z.string(), links: z.array(z.string()).default([]) }),
  group: 'ui',
  writePolicy: 'write-around',
});

export const counter = defineConfig({
  name: 'usage/counter',
  schema: z.object({ n: z.number() }),
  group: 'limits',
  writePolicy: 'write-back',
});

export const session = defineConfig({ name: 'session', schema: z.object({ user: z.string() }), persistence: 'none' });

export const apiKey = defineConfig({
  name: 'secrets/api-key',
  schema: z.object({ url: z.string(), key: z.string() }),
  secret: true,
});

export const allConfigs = [theme, limit, banner, counter, session, apiKey] as const;
