import { createClient } from '@tenantry/sdk';
import type { BenchContext } from './bench-context.ts';
import { type Figure, timeOf } from './measure.ts';
import { fillTenant } from './replica-fixture.ts';

const TENANTS = 1_000;
const RECORDS = 50;

/** One process that watches everything of many tenants. */
export async function benchManyTenants(context: BenchContext): Promise<Figure[]> {
  const refs = new Map<string, Awaited<ReturnType<typeof fillTenant>>>();
  for (let i = 0; i < TENANTS; i++) refs.set(`tenant-${i}`, await fillTenant(context, `tenant-${i}`, RECORDS));
  global.gc?.();
  const before = process.memoryUsage().rss;
  await using client = await createClient({ redis: context.redis, prefix: context.prefix, readTimeoutMs: 10_000 });
  let known = 0;
  const startTime = await timeOf(async () => {
    for (const [tenant, list] of refs)
      for (const ref of list)
        client
          .tenant(tenant)
          .watch(ref)
          .subscribe(() => known++);
    while (known < TENANTS * RECORDS) await new Promise(resolve => setTimeout(resolve, 10));
  });
  global.gc?.();
  const perRecord = (process.memoryUsage().rss - before) / (TENANTS * RECORDS);
  return [
    {
      what: `${TENANTS} tenants × ${RECORDS} records watched, RSS per record`,
      measured: `${(perRecord / 1024).toFixed(2)} KiB`,
      beside: '',
      budget: 'noted',
    },
    {
      what: 'the same, until all are known',
      measured: `${(startTime / 1000).toFixed(2)} s`,
      beside: '',
      budget: 'noted',
    },
  ];
}
