// What `tenantry load --config loader.config.js` runs with.
import type { LoaderOptions } from '@tenantry/loader';
import { demoEnvironment } from '../demo-environment.ts';
import { endsWithSupervisor } from '../ends-with-supervisor.ts';
import { openRedis } from '../open-redis.ts';
import { openOrm } from '../write-side/open-orm.ts';
import { reportsOf } from '../write-side/report-line.ts';

/** Options of `startLoader`, and what else is to be closed. */
export default async function loaderOptions(): Promise<Omit<LoaderOptions, 'dir'> & { close(): void }> {
  endsWithSupervisor();
  const environment = demoEnvironment();
  const redis = openRedis(environment.redisUrl);
  const orm = await openOrm(environment, { redis, onReport: reportsOf('loader') });
  // Shorter than the default, for an audience.
  return { orm, settleMs: 50, close: () => redis.disconnect() };
}
