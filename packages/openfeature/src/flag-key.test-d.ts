import { OpenFeature, type Provider } from '@openfeature/server-sdk';
import { defineConfig } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
import { expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { createProvider, type FlagKey, type TypedFlags } from './index.ts';

const configs = {
  checkout: defineConfig({
    name: 'checkout',
    schema: z.object({
      newFlow: z.boolean(),
      beta: z.boolean().optional(),
      limits: z.object({ most: z.number(), names: z.array(z.string()) }),
      mode: z.enum(['off', 'on']),
      since: z.date(),
    }),
  }),
  maintenance: defineConfig({ name: 'maintenance', schema: z.boolean(), default: false }),
  banner: defineConfig({ name: 'banner', schema: z.string().nullable() }),
};

// want 10 (reader)
it('the flag keys of an object of configs are its own and those of their fields, by type', () => {
  expectTypeOf<FlagKey<typeof configs, 'boolean'>>().toEqualTypeOf<
    'maintenance' | 'checkout.newFlow' | 'checkout.beta'
  >();
  expectTypeOf<FlagKey<typeof configs, 'string'>>().toEqualTypeOf<'banner' | 'checkout.mode'>();
  expectTypeOf<FlagKey<typeof configs, 'number'>>().toEqualTypeOf<'checkout.limits.most'>();
  expectTypeOf<FlagKey<typeof configs, 'object'>>().toEqualTypeOf<
    'checkout' | 'checkout.limits' | 'checkout.limits.names'
  >();
});

it('a provider is one of OpenFeature, and takes configs of any type', () => {
  const provider = createProvider({} as Client, { configs });
  expectTypeOf(provider).toExtend<Provider>();
  expectTypeOf(OpenFeature.setProviderAndWait).toBeCallableWith('domain', provider);
  createProvider({} as Client, { configs: Object.values(configs), tenantOf: ({ targetingKey }) => targetingKey });
  // @ts-expect-error a promise is no tenant
  createProvider({} as Client, { configs, tenantOf: async () => 'acme' });
  // @ts-expect-error no such option
  createProvider({} as Client, { configs, tenant: 'acme' });
});

it('a client of OpenFeature can be had with these keys alone', () => {
  const flags: TypedFlags<typeof configs> = OpenFeature.getClient();
  expectTypeOf(flags.getBooleanValue('checkout.newFlow', false)).resolves.toEqualTypeOf<boolean>();
  expectTypeOf(flags.getObjectValue('checkout', { mode: 'off' })).resolves.toExtend<{ mode: string }>();
  flags.getNumberDetails('checkout.limits.most', 1, { targetingKey: 'acme' });
  flags.addHooks({});
  // @ts-expect-error no such field
  flags.getBooleanValue('checkout.newflow', false);
  // @ts-expect-error it is a number
  flags.getBooleanValue('checkout.limits.most', false);
});
