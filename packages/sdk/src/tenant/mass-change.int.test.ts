import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { planById, planPut, WORLDS } from '../world.fixture.ts';

const TENANTS = 30;
const RECORDS = 40;

describe.each(WORLDS)('from $from', ({ startWorld }) => {
  it('where the records of many tenants change at once, those of one transaction are taken in one turn of the event loop, and no more', async () => {
    await using world = startWorld();
    const client = await world.client({ heartbeatMs: 60_000 });
    const tenants = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`);
    const puts = (version: number) =>
      Array.from({ length: RECORDS }, (_, i) => planPut({ id: i + 1, version, seats: version, ballast: 200 }));
    await Promise.all(tenants.map(tenant => world.apply(tenant, ...puts(1))));
    const seen = { old: 0, new: 0 };
    let taken = 0;
    let most = 0;
    const isOver = () => {
      most = Math.max(most, taken);
      taken = 0;
    };
    const watching = tenants.flatMap(tenant =>
      Array.from({ length: RECORDS }, (_, i) =>
        client
          .tenant(tenant)
          .watch(planById(i + 1))
          .subscribe(plan => {
            seen[plan?.seats === 2 ? 'new' : 'old']++;
            if (taken++ === 0) setImmediate(isOver);
          }),
      ),
    );
    await eventually(() => expect(seen.old).toBe(TENANTS * RECORDS));
    await client.whenReady({ freshness: 'live' });
    most = 0;
    await Promise.all(tenants.map(tenant => world.apply(tenant, ...puts(2))));
    await eventually(() => expect(seen.new).toBe(TENANTS * RECORDS));
    // Twelve kilobytes each.
    expect(most).toBe(RECORDS);
    for (const one of watching) one.unsubscribe();
  });
});
