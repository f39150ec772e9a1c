import { freshDatabase, freshPrefix, startServices } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { BenchContext } from './bench-context.ts';
import { openApp } from './benched-app.ts';
import type { Figure } from './measure.ts';

const BENCHES: Readonly<Record<string, () => Promise<(context: BenchContext) => Promise<Figure[]>>>> = {
  'memory-reads': async () => (await import('./bench-memory-reads.ts')).benchMemoryReads,
  'redis-reads': async () => (await import('./bench-redis-reads.ts')).benchRedisReads,
  latency: async () => (await import('./bench-latency.ts')).benchLatency,
  flush: async () => (await import('./bench-flush.ts')).benchFlush,
  bulk: async () => (await import('./bench-bulk.ts')).benchBulk,
  'cold-reads': async () => (await import('./bench-cold-reads.ts')).benchColdReads,
  'write-back': async () => (await import('./bench-write-back.ts')).benchWriteBack,
  'many-tenants': async () => (await import('./bench-many-tenants.ts')).benchManyTenants,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter(name => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`No benchmark is named ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const services = await startServices({ database: 'mariadb' });
process.env.TENANTRY_TEST_DATABASE_URL = services.databaseUrl;
process.env.TENANTRY_TEST_REDIS_URL = services.redisUrl;
console.log(`Servers: ${services.describe()}`);
try {
  for (const name of chosen.length > 0 ? chosen : Object.keys(BENCHES)) await run(name);
} finally {
  await services.close();
}

async function run(name: string): Promise<void> {
  await using database = await freshDatabase();
  await using prefix = await freshPrefix();
  const redis = new Redis(prefix.redisUrl);
  const app = await openApp(database.url, { redis, prefix: prefix.prefix });
  await app.schema.create();
  await app.close();
  const bench = await BENCHES[name]?.();
  const figures = await bench?.({ databaseUrl: database.url, redisUrl: prefix.redisUrl, redis, prefix: prefix.prefix });
  redis.disconnect();
  console.table(
    figures?.map(({ what, measured, beside, ratio, budget }) => ({
      what,
      measured,
      beside,
      ratio: ratio ? `${ratio.toFixed(2)}×` : '',
      budget,
    })),
  );
}
