import { randomUUID } from 'node:crypto';
import { type EventDetails, OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { defineConfig } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
import { z } from 'zod';
import { startFaultyWorld } from '../../sdk/src/faulty-world.fixture.ts';
import { configPut, PATIENT } from '../../sdk/src/published-configs.fixture.ts';
import type { World } from '../../sdk/src/world.fixture.ts';
import { createProvider } from './create-provider.ts';
import type { ProviderOptions } from './provider-options.ts';

const config = <S extends z.ZodType>(name: string, schema: S) => defineConfig({ name, schema, ...PATIENT });

export const flag = config('boolean-flag', z.boolean());
export const checkout = config(
  'checkout',
  z.object({ newFlow: z.boolean(), limits: z.object({ most: z.number() }), enabled: z.boolean().optional() }),
);
/** One of each type, and of each type the value that counts as false. */
export const typed = {
  boolean: [flag, true, config('boolean-zero-flag', z.boolean()), false],
  string: [config('string-flag', z.string()), 'hi', config('string-zero-flag', z.string()), ''],
  integer: [config('integer-flag', z.number()), 10, config('integer-zero-flag', z.number()), 0],
  float: [config('float-flag', z.number()), 0.5, config('float-zero-flag', z.number()), 0],
  object: [
    config('object-flag', z.looseObject({})),
    { a: { b: [1] } },
    config('object-zero-flag', z.looseObject({})),
    {},
  ],
  list: [config('list-flag', z.array(z.number())), [1, 2], config('list-zero-flag', z.array(z.number())), []],
  nothing: [config('null-flag', z.null()), null, config('null-zero-flag', z.null()), null],
} as const;
export const defaulted = defineConfig({ name: 'defaulted', schema: z.boolean(), default: false, ...PATIENT });
export const never = config('never-set', z.boolean());
export const moment = config('moment', z.object({ at: z.coerce.date() }));
export const dotted = config('checkout.newFlow.beta', z.boolean());

export const configs = [
  ...Object.values(typed).flatMap(([one, , zero]) => [one, zero]),
  ...[checkout, defaulted, never, moment, dotted],
];

/** Sets every flag of acme, at version 3. */
export async function setFlags(world: World): Promise<void> {
  const puts = Object.values(typed).flatMap(([one, value, zero, zeroValue]) => [
    configPut(one, 3, value),
    configPut(zero, 3, zeroValue),
  ]);
  await world.apply('acme', ...puts, configPut(checkout, 3, { newFlow: true, limits: { most: 5 } }));
}

/** Another value of `string-flag` of acme. */
export async function setString(world: World, version: number, value: string): Promise<void> {
  await world.apply('acme', configPut(typed.string[0], version, value));
}

/** A provider that is not set yet, a domain of its own, and a client of that domain, whose tenant is acme. */
export function openDomain(client: Client, options: Partial<ProviderOptions> = {}) {
  const domain = `test-${randomUUID()}`;
  const provider = createProvider(client, { configs, initializeTimeoutMs: 60_000, ...options });
  const flags = OpenFeature.getClient(domain, { targetingKey: 'acme' });
  const told: string[] = [];
  const changes: EventDetails<ProviderEvents.ConfigurationChanged>[] = [];
  return {
    domain,
    provider,
    flags,
    /** The events that handlers of the domain were called with, in their order. */
    told,
    changes,
    listen() {
      for (const event of [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error])
        flags.addHandler(event, () => void told.push(event.replace('PROVIDER_', '')));
      flags.addHandler(ProviderEvents.ConfigurationChanged, details => void (details && changes.push(details)));
    },
    set: () => OpenFeature.setProviderAndWait(domain, provider),
  };
}

/** As `openDomain`, with the provider set. */
export async function openFlags(client: Client, options: Partial<ProviderOptions> = {}) {
  const opened = openDomain(client, options);
  await opened.set();
  return opened;
}

/** A client that could not reach Redis yet. */
export async function startUnreached() {
  const faulty = await startFaultyWorld();
  await setFlags(faulty.world);
  faulty.proxy.set('refuse');
  return { faulty, client: await faulty.client({ readTimeoutMs: 50 }) };
}
