import { randomUUID } from 'node:crypto';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OFREPWebProvider, type OFREPWebProviderOptions } from '@openfeature/ofrep-web-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import {
  ProviderEvents as WebEvents,
  OpenFeature as WebOpenFeature,
  type Provider as WebProvider,
} from '@openfeature/web-sdk';
import type { NewGrant } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import { EventSource } from 'undici';
import { z } from 'zod';
import type { Lab } from '../admin.fixture.ts';

// A browser has it.
globalThis.EventSource ??= EventSource as unknown as typeof globalThis.EventSource;

const PATIENT = { cacheTimeout: '30s', databaseTimeout: '30s' } as const;
const config = <S extends z.ZodType>(name: string, schema: S) => defineConfig({ name, schema, ...PATIENT });

export const onOff = config('on-off', z.boolean());
export const text = config('text', z.string());
export const amount = config('app/amount', z.number());
export const list = config('list', z.array(z.number()));
export const nothing = config('nothing', z.null());
export const checkout = defineConfig({
  ...PATIENT,
  name: 'checkout',
  schema: z.object({ newFlow: z.boolean(), limits: z.object({ most: z.number() }), off: z.boolean().optional() }),
  default: { newFlow: false, limits: { most: 20 } },
  inherit: 'merge',
});
export const defaulted = defineConfig({ ...PATIENT, name: 'defaulted', schema: z.string(), default: 'none' });
export const never = config('never-set', z.boolean());
export const moment = config('moment', z.coerce.date());
export const hidden = defineConfig({ ...PATIENT, name: 'hidden', schema: z.string(), secret: true });
export const FLAGS = [onOff, text, amount, list, nothing, checkout, defaulted, never, moment, hidden];

/** What ann may do with the flags of acme. */
export const ANN: NewGrant = { who: 'user:ann', verbs: ['view'], scope: 'tenants/acme' };

/** Calls OFREP as a program does that has no provider. */
export async function call(url: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/ofrep/v1/evaluate/flags${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': 'ann', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answered = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: whatever the answer is, a test says what it must be.
  const json: any = answered === '' ? undefined : JSON.parse(answered);
  return { status: response.status, body: json, headers: response.headers, etag: response.headers.get('etag') ?? '' };
}

export const about = (targetingKey: unknown) => ({ context: { targetingKey } });

const as = (user: string) => ({ headers: [['x-user', user]] as [string, string][] });

/** Flags of acme over the official provider for servers. */
export async function serverFlags(baseUrl: string, user = 'ann') {
  const domain = randomUUID();
  await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl, ...as(user) }));
  return OpenFeature.getClient(domain, { targetingKey: 'acme' });
}

/** Flags of acme over the official provider for browsers, and the events that it told. */
export async function webFlags(baseUrl: string, options: Partial<OFREPWebProviderOptions> = {}, user = 'ann') {
  const domain = randomUUID();
  const changed: (readonly string[])[] = [];
  const told: string[] = [];
  await WebOpenFeature.setContext(domain, { targetingKey: 'acme' });
  const provider = new OFREPWebProvider({ baseUrl, cacheMode: 'disabled', ...as(user), ...options });
  const flags = WebOpenFeature.getClient(domain);
  flags.addHandler(WebEvents.ConfigurationChanged, details => void changed.push(details?.flagsChanged ?? []));
  flags.addHandler(WebEvents.Stale, () => void told.push('STALE'));
  flags.addHandler(WebEvents.Error, () => void told.push('ERROR'));
  // Its optional properties are declared as undefined, which `exactOptionalPropertyTypes` tells apart.
  await WebOpenFeature.setProviderAndWait(domain, provider as unknown as WebProvider);
  return { flags, provider, changed, told };
}

/** Sets the flags of acme. */
export async function setFlags({ store }: Lab): Promise<void> {
  const acme = store.tenant('acme');
  await acme.set(onOff, true);
  await acme.set(text, 'hi');
  await acme.set(amount, 0.5);
  await acme.set(list, [1, 2]);
  await acme.set(nothing, null);
  // The schema makes a Date of it where it is read.
  await acme.set(moment, '2026-01-01T00:00:00Z' as never);
  await acme.set(hidden, 'canary-7f3a9c');
  await store.global().set(checkout, { newFlow: true });
}
