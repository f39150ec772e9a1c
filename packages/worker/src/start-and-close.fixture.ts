import { tenantry } from '@tenantry/mikro-orm';
import { Redis } from 'ioredis';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openOrm } from '../../mikro-orm/src/system.fixture.ts';
import { startWorker } from './start-worker.ts';

// Starts a worker, closes it when told to, and must then end by itself.
const { database, redisUrl, prefix } = JSON.parse(process.argv[2] as string);
const say = (line: string) => void process.stdout.write(`${line}\n`);
const redis = new Redis(redisUrl);
redis.on('error', () => undefined);
const orm = await openOrm(database, {
  entities: [Plan],
  extensions: [tenantry({ redis, prefix, sync: [[Plan, plans]], relayGraceMs: 50 })],
});
const worker = await startWorker({ orm: orm as never, redis, relayEveryMs: 50, closeTimeoutMs: 1_000 });
say('started');
const timer = setInterval(async () => {
  const turns = await redis.hget(`${prefix}:{@bullmq}:tenantry:repeat:relay`, 'ic').catch(() => null);
  if (Number(turns) < 3 || !timer.hasRef()) return;
  clearInterval(timer.unref());
  say('relayed');
}, 10);
process.on('message', async () => {
  clearInterval(timer);
  const startedAt = performance.now();
  await worker.close();
  say(`closed after ${Math.round(performance.now() - startedAt)}`);
  redis.disconnect();
  await orm.close();
  process.disconnect?.();
});
