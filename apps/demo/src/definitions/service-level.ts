import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

/** What tenants get of our attention: set for all of them, for a group, or for one, and merged field by field. */
export const serviceLevel = defineConfig({
  name: 'service-level',
  group: 'service',
  schema: z.object({
    channel: z.enum(['mail', 'chat', 'phone']),
    responseHours: z.int().min(1).max(240),
    uploads: z.object({ maxMb: z.int().min(1).max(100_000), keepDays: z.int().min(1).max(3650) }),
  }),
  default: { channel: 'mail', responseHours: 48, uploads: { maxMb: 100, keepDays: 30 } },
  inherit: 'merge',
});

/** The one group of tenants that the demo has. */
export const GROUP = 'enterprise';
