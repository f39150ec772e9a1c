import { startServices } from './servers/start-services.ts';

/** Vitest's global setup of the integration tests: one database server and one Redis for all of them. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TENANTRY_TEST_DATABASE_URL && process.env.TENANTRY_TEST_REDIS_URL) return undefined;
  const services = await startServices();
  process.env.TENANTRY_TEST_DATABASE_URL = services.databaseUrl;
  process.env.TENANTRY_TEST_REDIS_URL = services.redisUrl;
  return services.close;
}
