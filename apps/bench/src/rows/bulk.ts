import { replication } from '@tenantry/mikro-orm';
import { newRow, openApp, Synced, settings } from '../app/benched-app.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { collectGarbage } from '../figures/heap.ts';
import { timeOf } from '../figures/in-turns.ts';

const mb = (bytes: number) => bytes / 2 ** 20;

/** Backfill of a whole table, and a relay that catches up. */
export async function benchBulk({ databaseUrl, redis, prefix, size }: BenchContext): Promise<Figure[]> {
  const [rows, backlog] = [size(100_000), size(20_000)];
  const orm = await openApp(databaseUrl, { redis, prefix, relayGraceMs: 0, publish: 'relay' });
  for (let i = 0; i < rows; i += 5_000) {
    const some = Array.from({ length: 5_000 }, (_, n) => newRow(`tenant-${(i + n) % 100}`));
    await orm.em.fork().insertMany(Synced, some as never);
  }
  collectGarbage();
  const idle = process.memoryUsage().rss;
  let peak = idle;
  const backfillTime = await timeOf(() =>
    replication(orm).backfill(Synced, {
      onProgress: progress => {
        peak = Math.max(peak, process.memoryUsage().rss);
        if (progress.rows % 20_000 === 0) console.log(`  backfill: ${progress.rows.toLocaleString('en')} rows`);
      },
    }),
  );
  await redis.eval("for _, k in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', k) end", 0, `${prefix}:*`);
  for (let i = 0; i < backlog; i += 500) {
    const em = orm.em.fork();
    for (let n = 0; n < 500; n++) em.create(Synced, newRow(`tenant-${(i + n) % 10}`) as never);
    await em.flush();
  }
  const { waiting } = await replication(orm).backlog();
  const relayTime = await timeOf(async () => {
    while ((await replication(orm).backlog()).waiting > 0) await replication(orm).relay();
  });
  await orm.close();
  const keys = Object.keys(settings.keys).length;
  const what = `backfill of ${rows.toLocaleString('en')} rows × ${keys} keys`;
  return [
    figure({ what, unit: '/s', budget: '≥ 20,000/s' }, [(rows / backfillTime) * 1_000]),
    figure(
      { what: `${what}, memory above idle`, unit: 'MB', note: `idle ${mb(idle).toFixed(0)} MB`, budget: '< 150 MB' },
      [mb(peak - idle)],
    ),
    figure({ what: `relay, changes × ${keys} keys`, unit: '/s', budget: '≥ 5,000/s' }, [(waiting / relayTime) * 1_000]),
  ];
}
