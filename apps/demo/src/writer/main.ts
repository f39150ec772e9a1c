// The SaaS itself: an ordinary MikroORM application with a small HTTP API.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { demoEnvironment } from '../demo-environment.ts';
import { endsWithSupervisor, tellSupervisor } from '../ends-with-supervisor.ts';
import { openRedis } from '../open-redis.ts';
import { openOrm } from '../write-side/open-orm.ts';
import { reportsOf } from '../write-side/report-line.ts';
import { CommitClock } from './commit-clock.ts';
import { seed } from './seed.ts';
import { createWriterApi } from './writer-api.ts';

endsWithSupervisor();
const environment = demoEnvironment();
const clock = new CommitClock();
const redis = openRedis(environment.redisUrl);
redis.on('ready', () => tellSupervisor({ kind: 'redis', reached: true }));
redis.on('close', () => tellSupervisor({ kind: 'redis', reached: false }));
const orm = await openOrm(environment, { redis, onReport: reportsOf('writer'), subscribers: [clock] });
await orm.schema.update();
await seed(orm);

const api = createWriterApi(orm, clock).listen(0, '127.0.0.1');
await once(api, 'listening');
tellSupervisor({ kind: 'ready', port: (api.address() as AddressInfo).port });

process.once('SIGTERM', async () => {
  api.close();
  await orm.close();
  redis.disconnect();
  process.exit();
});
