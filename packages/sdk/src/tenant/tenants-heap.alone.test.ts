import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { planById, planPut, startWorld } from '../world.fixture.ts';
import type { TenantClient } from './tenant-client.ts';

const TENANTS = 2_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// Some 2.8 kB were measured, and three times as much where each feed had a codec of its own and each tenant its empty maps.
const MOST_HELD_BYTES = 4_500;

// Some 380 B were measured, and 600 where each had a list of one, and what is known of it to itself.
const MOST_ENTRY_BYTES = 500;
const ENTRIES = 20_000;

// That much of a tenant is a mark, for as long as it is remembered where its feed was left.
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
  expect((await leastGrowth(name => readOnce(name, false))) / TENANTS).toBeLessThan(MOST_LEFT_BYTES);
  const before = await heap();
  await readOnce('kept', true);
  expect(((await heap()) - before) / TENANTS).toBeLessThan(4 * MOST_LEFT_BYTES);
  expect(kept.length).toBe(TENANTS);
});

it('holds a tenant that is followed in a few objects, and shares all that it can with the other tenants', async () => {
  await using world = startWorld();
  // A look at all feeds, and a feed that a busy machine made late and that is read again, hold more while they are under way.
  const patient = { readTimeoutMs: 60_000, feedTimeoutMs: 60_000, heartbeatMs: 600_000, sweepMs: 0 };
  const client = await world.client({ ...patient, idleMs: 600_000, maxTenants: 5 * TENANTS });
  const follow = async (name: string) => {
    for (let i = 0; i < TENANTS; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, j) => client.tenant(`${name}-${i + j}`).get(planById(1))));
    await eventually(() => expect(client.stats().stale).toBe(0), { timeoutMs: 60_000 });
  };
  // Also what is there once for all, such as compiled code.
  await follow('first');
  const grown = await leastGrowth(name => follow(name));
  expect(grown / TENANTS).toBeLessThan(MOST_HELD_BYTES);
  expect(client.stats()).toMatchObject({ tenants: 1 + 4 * TENANTS, followed: 4 * TENANTS });
});

it('holds an entry in a few objects, and shares what one reply tells of many', async () => {
  await using world = startWorld();
  const payload = createPayloadCodec().encode(1);
  const client = await world.client({ maxEntries: 5 * ENTRIES, readTimeoutMs: 60_000 });
  const know = async (first: number) => {
    for (let i = first; i < first + ENTRIES; i += 500) {
      const ids = Array.from({ length: 500 }, (_, j) => i + j);
      await world.apply('acme', ...ids.map(id => planPut({ id, version: id, payload })));
      await client.tenant('acme').getMany(ids.map(planById));
    }
  };
  await know(1);
  let known = ENTRIES;
  const grown = await leastGrowth(async () => {
    await know(1 + known);
    known += ENTRIES;
  });
  expect(grown / ENTRIES).toBeLessThan(MOST_ENTRY_BYTES);
  expect(client.stats().entries).toBe(4 * ENTRIES);
});

/** By how much the same work makes the heap grow: the least of three, because what earlier files left behind may come into one of them. */
async function leastGrowth(work: (name: string) => Promise<void>): Promise<number> {
  const grown: number[] = [];
  for (const name of ['second', 'third', 'fourth']) {
    const before = await heap();
    await work(name);
    grown.push((await heap()) - before);
  }
  return Math.min(...grown);
}

/** After a turn of the event loop, in which what is held weakly is let go, too. */
async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise(resolve => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}
