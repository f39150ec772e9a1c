import { type AnyConfig, defineConfig, type Ref } from '@tenantry/protocol';
import { z } from 'zod';
import { serviceConfigs } from './service-configs.ts';
import { serviceLevel } from './service-level.ts';

/** Written seldom and read by every page: readers have it as soon as it is committed. */
export const appearance = defineConfig({
  name: 'appearance',
  group: ['look', 'customer-facing'],
  schema: z.object({
    theme: z.enum(['light', 'dark', 'system']),
    accent: z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour like #3451b2'),
    itemsPerPage: z.int().min(5).max(200),
    greeting: z.string().max(80),
  }),
  default: { theme: 'system', accent: '#3451b2', itemsPerPage: 25, greeting: 'Welcome' },
  writePolicy: 'write-through',
  // A person who saves rather waits for a busy Redis than sees the old page once more.
  cacheTimeout: '2s',
});

/** Read by few: Redis only hears that it changed, and whoever needs it loads it. */
export const retentionPolicy = defineConfig({
  name: 'retention-policy',
  group: 'compliance',
  schema: z.object({
    days: z.int().min(1).max(3650),
    legalHold: z.boolean(),
    exports: z.object({ keepDays: z.int().min(1).max(365), region: z.enum(['eu', 'us']) }),
  }),
  default: { days: 365, legalHold: false, exports: { keepDays: 30, region: 'eu' } },
  writePolicy: 'write-around',
  ttl: '1h',
  // One reader loads it while the other waits so long: a worker may be busy.
  cacheTimeout: '3s',
});

/** Turned up and down all day by a machine: readers have it at once, the database gets every so many of them. */
export const usageLimits = defineConfig({
  name: 'usage-limits',
  group: 'limits',
  schema: z.object({
    requestsPerMinute: z.int().min(1).max(1_000_000),
    burst: z.int().min(0).max(100_000),
    isSuspended: z.boolean(),
  }),
  default: { requestsPerMinute: 600, burst: 100, isSuspended: false },
  writePolicy: 'write-back',
  // Its writers are machines: they rather wait for a busy Redis than be refused.
  cacheTimeout: '2s',
});

/** Nothing is set by default, and it is masked everywhere but where it is read to be used. */
export const apiKey = defineConfig({
  name: 'api-key',
  group: 'integrations',
  schema: z.object({ provider: z.string().min(1), key: z.string().min(12) }),
  secret: true,
});

/** The settings that each tenant has for itself, by name. */
export const settings = {
  appearance,
  'retention-policy': retentionPolicy,
  'usage-limits': usageLimits,
  'api-key': apiKey,
} as const;

export type OwnSettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as readonly OwnSettingName[];

/** Those, the one that tenants inherit, and those of the services. */
export const everySetting = { ...settings, 'service-level': serviceLevel, ...serviceConfigs } as const;

export type SettingName = keyof typeof everySetting;

/** What a setting's ref is made of, so that it can be sent to another process. */
export interface SettingRequest {
  readonly tenant: string;
  readonly setting: SettingName;
}

/** The definition under a name that comes from another process. */
export function settingOf(name: SettingName): AnyConfig & Ref<unknown> {
  if (!Object.hasOwn(everySetting, name)) throw new Error(`There is no setting "${name}"`);
  return everySetting[name] as AnyConfig & Ref<unknown>;
}

/** Every setting that these tenants have for themselves. */
export function settingsOf(tenants: Iterable<string>): (SettingRequest & { readonly setting: OwnSettingName })[] {
  return [...tenants].flatMap(tenant => settingNames.map(setting => ({ tenant, setting })));
}

/** The one that these tenants inherit. */
export function inheritedOf(tenants: Iterable<string>): SettingRequest[] {
  return Array.from(tenants, tenant => ({ tenant, setting: 'service-level' }));
}
