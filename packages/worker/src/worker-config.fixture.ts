import { type TenantryOptions, tenantry } from '@tenantry/mikro-orm';
import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openOrm } from '../../mikro-orm/src/open-orm.fixture.ts';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What a test tells the config of a worker process. */
export interface ConfigSettings {
  readonly database: FreshDatabase;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly tenantry?: Partial<TenantryOptions>;
  readonly worker?: Partial<WorkerOptions>;
  /** `logger: console`, which no JSON has. */
  readonly logsToConsole?: boolean;
}

/** The config file of a worker process, as a user would write one. */
export default async function config(): Promise<WorkerOptions> {
  const settings = JSON.parse(process.env.TEST_WORKER_CONFIG ?? '') as ConfigSettings;
  const redis = new Redis(settings.redisUrl);
  const orm = await openOrm(settings.database, {
    entities: [Plan],
    extensions: [
      tenantry({
        redis,
        sync: [[Plan, plans]],
        prefix: settings.prefix,
        relayGraceMs: 50,
        feedLength: 1_000_000,
        ...settings.tenantry,
      }),
    ],
  });
  return {
    orm: orm as never,
    redis,
    relayEveryMs: 50,
    ...settings.worker,
    ...(settings.logsToConsole && { logger: console }),
  };
}
