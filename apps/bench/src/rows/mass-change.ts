import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ref } from '@tenantry/protocol';
import { createReplica } from '@tenantry/redis';
import { createClient, type TenantClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { changeOf, numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { percentile } from '../figures/percentile.ts';

const RECORDS = 50;

/** What a caller whose value is in memory feels of it when everything else changes. */
export async function benchMassChange(context: BenchContext): Promise<Figure[]> {
  const tenants = Array.from({ length: context.size(200) }, (_, i) => `tenant-${i}`);
  const rows = new Map(tenants.map(tenant => [tenant, numberedRows(tenant, RECORDS)]));
  for (const [tenant, list] of rows) await publishRows(context, tenant, list);
  const replica = createReplica(context);
  await using client = await createClient({ redis: context.redis, prefix: context.prefix, readTimeoutMs: 10_000 });
  const seen = new Map<number, number>();
  for (const [tenant, list] of rows)
    for (const row of list)
      client
        .tenant(tenant)
        .watch(refOf(row))
        .subscribe(now => now && seen.set(now.seats, (seen.get(now.seats) ?? 0) + 1));
  const count = tenants.length * RECORDS;
  const quietTenant = client.tenant('quiet');
  const [row] = numberedRows('quiet', 1);
  if (!row) throw new Error('there is no row');
  await publishRows(context, 'quiet', [row]);
  await quietTenant.get(refOf(row));
  await eventually(() => {
    if ([...seen.values()].reduce((sum, n) => sum + n, 0) < count) throw new Error('not all are known');
  });

  let version = 1_000_000;
  // Made before: what it costs to encode them is the writer's.
  const nextChanges = () => {
    version++;
    return [...rows].map(
      ([tenant, list]) => [tenant, list.map(each => changeOf({ ...each, seats: version }, version))] as const,
    );
  };
  const change = async (changes: ReturnType<typeof nextChanges>, isLost: boolean) => {
    for (const [tenant, list] of changes) {
      const { epoch, feed } = replica.names.of(tenant);
      // A Redis that lost its feeds: readers compare all that they have.
      if (isLost) await context.redis.del(epoch, feed);
      await replica.apply(tenant, list);
    }
    await eventually(() => {
      if (seen.get(version) !== count) throw new Error(`${seen.get(version) ?? 0} of ${count} are known`);
    });
  };
  const figures: Figure[] = [];
  const what = `${count.toLocaleString('en')} watched records of ${tenants.length} tenants`;
  for (const [how, isLost] of [
    ['change', false],
    ['change and are compared with Redis', true],
  ] as const) {
    const [busy, quiet]: [number[], number[]] = [[], []];
    for (let round = 0; round < context.rounds(10); round++) {
      const changes = nextChanges();
      const startedAt = performance.now();
      busy.push(await slowestHits(quietTenant, refOf(row), change(changes, isLost)));
      const tookMs = performance.now() - startedAt;
      quiet.push(await slowestHits(quietTenant, refOf(row), new Promise(resolve => setTimeout(resolve, tookMs))));
    }
    figures.push(figure({ what: `${what} ${how}: a turn with a hit, p99`, unit: 'µs' }, busy, { 'at rest': quiet }));
  }
  return figures;
}

/** The p99 of turns of the event loop that end with a hit, until the work is done: what blocks the loop is in it. */
async function slowestHits<T>(tenant: TenantClient, ref: Ref<T>, work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  const times: number[] = [];
  while (!isOver) {
    const startedAt = performance.now();
    await nextTurn();
    await tenant.get(ref);
    times.push(performance.now() - startedAt);
  }
  await over;
  return percentile(times, 99);
}
