import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';

/** With which user a service signs in to the database. It is rotated, and a service follows it without a restart. */
export const databaseLogin = defineConfig({
  name: 'database-login',
  group: 'services',
  databaseTimeout: '10s',
  schema: z.object({ user: z.string().min(1).max(32), password: z.string().min(12) }),
  secret: true,
});

/** What a service writes to people: a Mustache template. A schema cannot tell whether it compiles. */
export const mailTemplate = defineConfig({
  name: 'mail-template',
  group: 'services',
  databaseTimeout: '10s',
  schema: z.object({ html: z.string().min(1).max(10_000) }),
});

/** How often each caller may call. */
export const callLimits = defineConfig({
  name: 'call-limits',
  group: 'services',
  databaseTimeout: '10s',
  schema: z.object({ most: z.int().min(1).max(10_000_000), windowSeconds: z.int().min(1).max(86_400) }),
});

/** The configs that the services are made of, by name. */
export const serviceConfigs = {
  'database-login': databaseLogin,
  'mail-template': mailTemplate,
  'call-limits': callLimits,
} as const;

/** Values of some of them. */
export type ServiceConfigs = { readonly [Name in keyof typeof serviceConfigs]?: object };

/** The tenant that has them: the services belong to none of the customers. */
export const PLATFORM = 'platform';

/** Sets some of them together. How is its own business: through the config store, or with files that are loaded from a folder. */
export type WriteServiceConfigs = (values: ServiceConfigs) => Promise<unknown>;
