import { type EventSubscriber, MikroORM } from '@mikro-orm/core';
import { type OnReport, tenantry } from '@tenantry/mikro-orm';
import type { Redis } from 'ioredis';
import { branding } from '../definitions/branding.ts';
import { featureSettings } from '../definitions/feature-settings.ts';
import { planSettings } from '../definitions/plan-settings.ts';
import { everySetting } from '../definitions/settings.ts';
import type { DemoEnvironment } from '../demo-environment.ts';
import { BrandingSchema, FeatureSettingsSchema, PlanSettingsSchema } from './entities.ts';

/** How long a flush may wait for Redis. */
export const PUBLISH_TIMEOUT_MS = 200;

export interface OrmParts {
  readonly redis: Redis;
  readonly onReport: OnReport;
  readonly subscribers?: EventSubscriber[];
}

/** The application's ORM; the extension is all that makes it replicate. The writer, the worker and the admin open the same. */
export async function openOrm(
  { databaseUrl, databaseKind, prefix }: DemoEnvironment,
  { redis, onReport, subscribers = [] }: OrmParts,
): Promise<MikroORM> {
  return MikroORM.init({
    driver: await driverOf(databaseKind),
    clientUrl: databaseUrl,
    forceUtcTimezone: true,
    entities: [PlanSettingsSchema, FeatureSettingsSchema, BrandingSchema],
    subscribers,
    extensions: [
      tenantry({
        redis,
        prefix,
        admin: true,
        publishTimeoutMs: PUBLISH_TIMEOUT_MS,
        // Shorter than the default, for an audience.
        relayGraceMs: 300,
        onReport,
        sync: [
          [PlanSettingsSchema, planSettings],
          [FeatureSettingsSchema, featureSettings],
          [BrandingSchema, branding],
        ],
        configs: Object.values(everySetting),
      }),
    ],
  });
}

/** MikroORM's MySQL driver never finds its JSON columns as it left them on MariaDB. */
async function driverOf(kind: DemoEnvironment['databaseKind']) {
  return kind === 'mysql'
    ? (await import('@mikro-orm/mysql')).MySqlDriver
    : (await import('@mikro-orm/mariadb')).MariaDbDriver;
}
