import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ref } from '@tenantry/protocol';
import { createClient, type TenantClient } from '@tenantry/sdk';
import { eventually, spawnNode } from '@tenantry/testing';
import { numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { percentile, percentileOfWaits } from '../figures/percentile.ts';

const RECORDS = 50;

/** What a caller whose value is in memory feels of it when everything else changes. */
export async function benchMassChange(context: BenchContext): Promise<Figure[]> {
  const { redis, redisUrl, prefix, rounds, size } = context;
  const tenants = Array.from({ length: size(200) }, (_, i) => `tenant-${i}`);
  const count = tenants.length * RECORDS;
  await using writer = spawnNode(new URL('../processes/mass-writer.ts', import.meta.url), [
    redisUrl,
    prefix,
    `${tenants.length}`,
    `${RECORDS}`,
  ]);
  let heard: (version: unknown) => void = () => undefined;
  writer.onMessage(message => heard(message));
  /** The writer is about to begin. */
  const begun = (version: number) =>
    new Promise<void>(resolve => {
      heard = message => message === version && resolve();
    });
  await begun(0);
  await using client = await createClient({ redis, prefix, readTimeoutMs: 10_000 });
  const seen = new Map<number, number>();
  let taken = 0;
  for (const tenant of tenants) {
    const rows = numberedRows(tenant, RECORDS);
    await publishRows(context, tenant, rows);
    for (const row of rows)
      client
        .tenant(tenant)
        .watch(refOf(row))
        .subscribe(now => {
          if (now === undefined) return;
          seen.set(now.seats, (seen.get(now.seats) ?? 0) + 1);
          taken++;
        });
  }
  const quietTenant = client.tenant('quiet');
  const [row] = numberedRows('quiet', 1);
  if (!row) throw new Error('there is no row');
  await publishRows(context, 'quiet', [row]);
  const ref = refOf(row);
  await quietTenant.get(ref);
  const known = () => [...seen.values()].reduce((sum, n) => sum + n, 0);
  await eventually(() => {
    if (known() < count) throw new Error(`${known()} of ${count} are known`);
  });

  const takenNow = () => {
    const now = taken;
    taken = 0;
    return now;
  };
  let version = 1_000_000;
  const change = async (isLost: boolean) => {
    version++;
    const beginning = begun(version);
    writer.send([version, isLost]);
    await beginning;
    takenNow();
    const done = eventually(() => {
      if (seen.get(version) !== count) throw new Error(`${seen.get(version) ?? 0} of ${count} are known`);
    });
    return hitsDuring(quietTenant, ref, done, takenNow);
  };
  const figures: Figure[] = [];
  const what = `${count.toLocaleString('en')} watched records of ${tenants.length} tenants`;
  for (const [how, isLost] of [
    ['change', false],
    ['change and are compared with Redis', true],
  ] as const) {
    const [busy, quiet]: [Hits[], Hits[]] = [[], []];
    for (let round = 0; round < rounds(10); round++) {
      const startedAt = performance.now();
      busy.push(await change(isLost));
      const tookMs = performance.now() - startedAt;
      const rest = new Promise(resolve => setTimeout(resolve, tookMs));
      quiet.push(await hitsDuring(quietTenant, ref, rest, takenNow));
    }
    const of = (key: keyof Hits) => [busy.map(hits => hits[key]), { 'at rest': quiet.map(hits => hits[key]) }] as const;
    figures.push(
      figure({ what: `${what} ${how}: a turn with a hit, p99`, unit: 'µs' }, ...of('turn')),
      figure({ what: `${what} ${how}: a hit that comes at any moment waits, p99`, unit: 'µs' }, ...of('wait')),
    );
    if (!isLost)
      figures.push(
        figure(
          { what: `${what} ${how}: taken in one turn, at most`, unit: 'records', budget: '≤ 100' },
          of('taken')[0],
        ),
      );
  }
  return figures;
}

/** What a caller sees who has one hit in each turn of the event loop. */
interface Hits {
  /** The p99 of the turns, ms: mostly they are short, whatever happens in the others. */
  readonly turn: number;
  /** The p99 of the wait of one who comes at any moment, ms: the more often, the longer a turn is. */
  readonly wait: number;
  /** The most records that were taken in one turn. */
  readonly taken: number;
}

async function hitsDuring<T>(
  tenant: TenantClient,
  ref: Ref<T>,
  work: Promise<unknown>,
  takenNow: () => number,
): Promise<Hits> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  const times: number[] = [];
  let taken = 0;
  while (!isOver) {
    const startedAt = performance.now();
    await nextTurn();
    await tenant.get(ref);
    times.push(performance.now() - startedAt);
    taken = Math.max(taken, takenNow());
  }
  await over;
  return { turn: percentile(times, 99), wait: percentileOfWaits(times, 99), taken };
}
