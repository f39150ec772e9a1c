import { replication } from '@tenantry/mikro-orm';
import type { BenchContext } from './bench-context.ts';
import { newRow, openApp, Synced, settings } from './benched-app.ts';
import { type Figure, timeOf } from './measure.ts';

const ROWS = 100_000;
const BACKLOG = 20_000;

const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MB`;
const perSecond = (count: number, time: number) => `${Math.round((count / time) * 1_000).toLocaleString('en')}/s`;

/** Backfill of a whole table, and a relay that catches up. */
export async function benchBulk({ databaseUrl, redis, prefix }: BenchContext): Promise<Figure[]> {
  const orm = await openApp(databaseUrl, { redis, prefix, relayGraceMs: 0, publishTimeoutMs: 0 });
  for (let i = 0; i < ROWS; i += 5_000) {
    const rows = Array.from({ length: 5_000 }, (_, n) => newRow(`tenant-${(i + n) % 100}`));
    await orm.em.fork().insertMany(Synced, rows as never);
  }
  global.gc?.();
  const idle = process.memoryUsage().rss;
  let peak = idle;
  const backfillTime = await timeOf(() =>
    replication(orm).backfill(Synced, {
      onProgress: ({ rows }) => {
        peak = Math.max(peak, process.memoryUsage().rss);
        if (rows % 20_000 === 0) console.log(`  backfill: ${rows.toLocaleString('en')} rows`);
      },
    }),
  );
  await redis.eval("for _, k in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', k) end", 0, `${prefix}:*`);
  for (let i = 0; i < BACKLOG; i += 500) {
    const em = orm.em.fork();
    for (let n = 0; n < 500; n++) em.create(Synced, newRow(`tenant-${(i + n) % 10}`) as never);
    await em.flush();
  }
  await replication(orm).relay();
  const relayTime = await timeOf(async () => {
    while ((await replication(orm).backlog()).waiting > 0) await replication(orm).relay();
  });
  await orm.close();
  const keys = Object.keys(settings.keys).length;
  return [
    {
      what: `backfill of ${ROWS.toLocaleString('en')} rows × ${keys} keys`,
      measured: perSecond(ROWS, backfillTime),
      beside: '',
      budget: '≥ 20,000/s',
    },
    { what: 'the same, memory above idle', measured: mb(peak - idle), beside: `idle ${mb(idle)}`, budget: '< 150 MB' },
    { what: `relay, changes × ${keys} keys`, measured: perSecond(BACKLOG, relayTime), beside: '', budget: '≥ 5,000/s' },
  ];
}
