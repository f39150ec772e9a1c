import { tenantry } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { openOrm } from '../../mikro-orm/src/open-orm.fixture.ts';
import type { AdminConfig } from './load-config.ts';

/** What a test tells the config of an admin process. */
export interface ConfigSettings {
  readonly database: FreshDatabase;
  readonly redisUrl: string;
  readonly prefix: string;
}

const mode = defineConfig({ name: 'mode', schema: z.enum(['off', 'on']), default: 'off', databaseTimeout: '30s' });

/** The config file of an admin process, as a user would write one. */
export default async function config(): Promise<AdminConfig> {
  const { database, redisUrl: url, prefix } = JSON.parse(process.env.TEST_ADMIN_CONFIG ?? '') as ConfigSettings;
  const redis = new Redis(url);
  const orm = await openOrm(database, { extensions: [tenantry({ redis, prefix, admin: true, configs: [mode] })] });
  const client = await createClient({ redis: url, prefix });
  return { orm: orm as never, client, port: 0, close: () => redis.disconnect() };
}
