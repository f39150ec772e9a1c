import { createClient } from '@tenantry/sdk';
import { numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { heldBytes } from '../figures/heap.ts';
import { timeOf } from '../figures/in-turns.ts';

const RECORDS = 50;

/** One process that watches everything of many tenants. */
export async function benchManyTenants(context: BenchContext): Promise<Figure[]> {
  const tenants = context.size(1_000);
  const refs = new Map<string, ReturnType<typeof refOf>[]>();
  for (let i = 0; i < tenants; i++) {
    const rows = numberedRows(`tenant-${i}`, RECORDS);
    await publishRows(context, `tenant-${i}`, rows);
    refs.set(`tenant-${i}`, rows.map(refOf));
  }
  const before = await heldBytes();
  await using client = await createClient({ redis: context.redis, prefix: context.prefix, readTimeoutMs: 10_000 });
  let known = 0;
  const startTime = await timeOf(async () => {
    for (const [tenant, list] of refs)
      for (const ref of list)
        client
          .tenant(tenant)
          .watch(ref)
          .subscribe(row => row && known++);
    while (known < tenants * RECORDS) await new Promise(resolve => setTimeout(resolve, 10));
  });
  const perRecord = ((await heldBytes()) - before) / (tenants * RECORDS);
  const what = `${tenants.toLocaleString('en')} tenants × ${RECORDS} records watched`;
  return [
    figure({ what: `${what}: memory held, per record`, unit: 'bytes' }, [perRecord]),
    figure({ what: `${what}: until all are known`, unit: 's' }, [startTime]),
  ];
}
