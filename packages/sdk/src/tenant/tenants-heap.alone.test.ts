import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { planById, planPut, startWorld } from '../world.fixture.ts';
import type { TenantClient } from './tenant-client.ts';

const TENANTS = 2_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// A tenant costs some 5 kB while it is held. That much of it is a mark, for as long as it is remembered where its feed was left.
const MOST_LEFT_BYTES = 700;

it('gives the memory of tenants that were read once back, and of those whose object the application kept, all but the object', async () => {
  await using world = startWorld();
  await world.apply('warm', planPut({ id: 1, version: 1, seats: 1 }));
  const client = await world.client({ idleTenantMs: 50, maxTenants: 2 * TENANTS });
  const kept: TenantClient[] = [];
  const readOnce = async (name: string, keep: boolean) => {
    for (let i = 0; i < TENANTS; i += 100)
      await Promise.all(
        Array.from({ length: 100 }, async (_, j) => {
          const tenant = client.tenant(`${name}-${i + j}`);
          if (keep) kept.push(tenant);
          await tenant.get(planById(1));
        }),
      );
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, entries: 0, followed: 0 }));
  };
  // The first ones also fill what is there once for all.
  await readOnce('first', false);
  const before = await heap();
  await readOnce('second', false);
  expect(((await heap()) - before) / TENANTS).toBeLessThan(MOST_LEFT_BYTES);
  await readOnce('kept', true);
  expect(((await heap()) - before) / TENANTS).toBeLessThan(4 * MOST_LEFT_BYTES);
  expect(kept.length).toBe(TENANTS);
});

/** After a turn of the event loop, in which what is held weakly is let go, too. */
async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise(resolve => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}
