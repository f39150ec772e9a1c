// What `tenantry-worker --config worker.config.js` runs with.
import type { WorkerOptions } from '@tenantry/worker';
import { demoEnvironment } from '../demo-environment.ts';
import { endsWithSupervisor } from '../ends-with-supervisor.ts';
import { openRedis } from '../open-redis.ts';
import { openOrm } from '../write-side/open-orm.ts';
import { reportsOf } from '../write-side/report-line.ts';

export default async function workerOptions(): Promise<WorkerOptions> {
  endsWithSupervisor();
  const environment = demoEnvironment();
  const redis = openRedis(environment.redisUrl);
  const orm = await openOrm(environment, { redis, onReport: reportsOf('worker') });
  // Shorter turns than the defaults, for an audience.
  return {
    orm,
    redis,
    prefix: environment.prefix,
    relayEveryMs: 200,
    fillEveryMs: 500,
    flushEveryMs: environment.flushEveryMs,
  };
}
