import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

// What the next release would have in the place of the definitions of admin.fixture.ts.

export const seats = defineConfig({
  name: 'seats',
  schema: z.object({ seats: z.number().max(100), name: z.string().optional(), plan: z.string() }),
  default: { seats: 1, plan: 'free' },
  inherit: 'merge',
});

export const others = [
  defineConfig({ name: 'mode', schema: z.enum(['off', 'on', 'auto']), default: 'off', writePolicy: 'write-around' }),
  defineConfig({ name: 'app/limit', schema: z.number().max(10), inherit: 'replace' }),
  defineConfig({ name: 'token', schema: z.object({ key: z.string().max(5) }), secret: true, inherit: 'replace' }),
  defineConfig({ name: 'new-one', schema: z.string() }),
];

/** Exported beside them, and no config. */
export const NOT_A_CONFIG = { name: 'x' };
