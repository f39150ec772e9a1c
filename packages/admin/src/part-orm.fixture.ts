import { tenantry } from '@tenantry/mikro-orm';
import type { FreshDatabase } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { openOrm } from '../../mikro-orm/src/open-orm.fixture.ts';
import { CONFIGS } from './admin.fixture.ts';

/** The ORM of the lab whose test started this process, and its Redis: for the config files of programs. */
export async function openPartOrm() {
  const { database, redisUrl, prefix } = JSON.parse(process.env.TEST_PART_CONFIG ?? '') as {
    readonly database: FreshDatabase;
    readonly redisUrl: string;
    readonly prefix: string;
  };
  const redis = new Redis(redisUrl);
  const orm = await openOrm(database, { extensions: [tenantry({ redis, prefix, admin: true, configs: CONFIGS })] });
  return { orm, redis };
}
