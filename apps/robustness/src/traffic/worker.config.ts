// What `tenantry-worker --config worker.config.ts` runs with.
import type { WorkerOptions } from '@tenantry/worker';
import { type ArmedFailpoint, Failpoints } from './failpoints.ts';
import { openOrm } from './open-orm.ts';
import { openRedis } from './open-redis.ts';
import { reportsTo } from './reports-to.ts';
import { processSettings } from './settings.ts';
import { Teller, type ToProcess } from './tell.ts';

export default async function workerOptions(): Promise<WorkerOptions> {
  const settings = processSettings();
  const teller = new Teller(settings.name);
  const failpoints = new Failpoints();
  process.on('message', (message: ToProcess) => {
    if (message.kind === 'arm') failpoints.arm(message.failpoint as ArmedFailpoint);
  });
  const redis = openRedis(settings);
  const onReport = reportsTo(teller);
  const orm = await openOrm(settings, { redis, onReport, subscribers: [failpoints], onQuery: failpoints.onQuery });
  const onError = ({ code, message }: { code: string; message: string }): void =>
    teller.event({ kind: 'warning', text: `${code}: ${message}` });
  return {
    orm,
    redis,
    prefix: settings.prefix,
    relayEveryMs: 150,
    fillEveryMs: 400,
    flushEveryMs: 200,
    sweepEveryMs: 2_000,
    onError,
  };
}
