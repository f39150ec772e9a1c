import { EntitySchema, type EventSubscriber, type MikroORM } from '@mikro-orm/core';
import { type TenantryExtension, type TenantryOptions, tenantry } from '@tenantry/mikro-orm';
import { defineSync } from '@tenantry/protocol';
import type { Redis } from 'ioredis';

/** A realistic settings row, once replicated and once not. */
export interface SettingsRow {
  id: number;
  tenantId: string;
  slug: string;
  name: string;
  seats: number;
  price: number;
  limits: object;
  renewsAt: Date;
}

const properties = (prefix: string) =>
  ({
    id: { type: 'integer', primary: true, autoincrement: true },
    tenantId: { type: 'string', length: 64, index: `${prefix}_tenant` },
    slug: { type: 'string', length: 64, unique: `${prefix}_slug` },
    name: { type: 'string', length: 100 },
    seats: { type: 'integer' },
    price: { type: 'double' },
    limits: { type: 'json' },
    renewsAt: { type: 'datetime' },
  }) as const;

export const Bare: EntitySchema<SettingsRow> = new EntitySchema<SettingsRow>({
  name: 'BareSettings',
  properties: properties('bare'),
});
export const Synced: EntitySchema<SettingsRow> = new EntitySchema<SettingsRow>({
  name: 'SyncedSettings',
  properties: properties('synced'),
});

export const settings = defineSync<SettingsRow>()({
  name: 'settings',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'], idAndSlug: ['id', 'slug'] },
});

let serial = 0;

export function newRow(tenantId: string): Omit<SettingsRow, 'id'> {
  const n = serial++;
  const limits = { projects: 10, storageGb: 50, apiCallsPerDay: 100_000 };
  return {
    tenantId,
    slug: `plan-${process.pid}-${n}`,
    name: `Plan ${n}`,
    seats: 5,
    price: 49.5,
    limits,
    renewsAt: new Date(2030, 1, 1),
  };
}

/** An application with both tables. The bare one has no subscriber at all. */
export async function openApp(
  databaseUrl: string,
  options?: Omit<TenantryOptions, 'sync' | 'redis'> & { redis: Redis },
  subscribers: readonly EventSubscriber[] = [],
): Promise<MikroORM> {
  const extensions = options ? [tenantry({ ...options, sync: [[Synced, settings]] })] : [];
  return openBenchOrm(databaseUrl, extensions, subscribers);
}

/** An ORM with both tables, and whatever extensions. */
export async function openBenchOrm(
  databaseUrl: string,
  extensions: readonly TenantryExtension[],
  subscribers: readonly EventSubscriber[] = [],
): Promise<MikroORM> {
  const { MikroORM } = databaseUrl.startsWith('mysql')
    ? await import('@mikro-orm/mysql')
    : await import('@mikro-orm/mariadb');
  return MikroORM.init({
    entities: [Bare, Synced],
    clientUrl: databaseUrl,
    extensions: [...extensions],
    subscribers: [...subscribers],
    pool: { max: 20 },
  }) as Promise<MikroORM>;
}
