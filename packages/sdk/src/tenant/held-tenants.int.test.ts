import { setImmediate } from 'node:timers/promises';
import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../create-client.ts';
import { holdReplies } from '../held-replies.fixture.ts';
import { tableSource } from '../reads/table-source.fixture.ts';
import { planById, planPut, startWorld, type World } from '../world.fixture.ts';

const schema = z.number();

describe('an idle tenant', () => {
  it('is let go: its memory, its feed and its channel, and is counted', async () => {
    await using world = startWorld();
    const client = await world.client({ idleTenantMs: 30 });
    const tenants = Array.from({ length: 200 }, (_, i) => `tenant-${i}`);
    await Promise.all(tenants.map(tenant => client.tenant(tenant).get(planById(1))));
    await eventually(() =>
      expect(client.stats()).toMatchObject({ tenants: 1, tenantsLetGo: 200, followed: 0, entries: 0, watched: 0 }),
    );
    await eventually(async () => expect(await channels(world)).toEqual([]));
  });

  it('is let go with at most 64 others in one turn of the event loop', async () => {
    await using world = startWorld();
    const client = await world.client({ idleTenantMs: 500 });
    const tenants = Array.from({ length: 500 }, (_, i) => `tenant-${i}`);
    await Promise.all(tenants.map(tenant => client.tenant(tenant).get(planById(1))));
    let most = 0;
    // The first ones may be idle, and gone, before the last ones are read.
    for (let before = client.stats().tenantsLetGo; before < 500; ) {
      await setImmediate();
      const { tenantsLetGo } = client.stats();
      most = Math.max(most, tenantsLetGo - before);
      before = tenantsLetGo;
    }
    expect(most).toBeLessThanOrEqual(64);
  });

  it('is held while it is read, if only by peek', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client({ idleTenantMs: 300 });
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    const began = performance.now();
    await eventually(() => {
      expect(acme.peek(planById(1))).toMatchObject({ seats: 1 });
      return performance.now() - began > 900;
    });
    expect(client.stats()).toMatchObject({ tenants: 2, tenantsLetGo: 0 });
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, tenantsLetGo: 1 }));
  });

  it('goes on behind the object that the application kept, and that stays the one object of its id', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client({ idleTenantMs: 30 });
    const acme = client.tenant('acme');
    const { get, peek } = acme;
    const watched$ = acme.watch(planById(1));
    await get(planById(1));
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, entries: 0 }));
    expect(peek(planById(1))).toBeUndefined();
    expect(acme.peekEntry(planById(1))).toBeUndefined();
    // To look is not to read: nothing begins anew.
    expect(client.stats()).toMatchObject({ tenants: 1, entries: 0 });
    expect(client.tenant('acme')).toBe(acme);

    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    expect(await acme.entry(planById(1))).toMatchObject({ value: { seats: 2 }, version: 2, stale: false });
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, tenantsLetGo: 2 }));

    const seen: unknown[] = [];
    const watching = watched$.subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([2]));
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    await eventually(() => expect(seen).toEqual([2, 3]));
    expect(peek(planById(1))).toMatchObject({ seats: 3 });
    expect(await channels(world)).toEqual([world.replica.names.of('acme').feed]);
    watching.unsubscribe();
  });

  it('rejects as closed where the client was closed after it was let go', async () => {
    await using world = startWorld();
    const client = await world.client({ idleTenantMs: 30 });
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1 }));
    await client.close();
    expect(acme.peek(planById(1))).toBeUndefined();
    await expect(acme.get(planById(1))).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('a tenant in use is never let go', () => {
  it('while something is watched', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client({ idleTenantMs: 10, maxTenants: 1 });
    const seen: unknown[] = [];
    const watching = client
      .tenant('acme')
      .watch(planById(1))
      .subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([1]));
    await othersAreLetGo(client);
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(() => expect(seen).toEqual([1, 2]));
    expect(client.stats().tenants).toBe(2);
    watching.unsubscribe();
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, entries: 0 }));
  });

  it('while its feed is being opened', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const redis = world.redis.duplicate();
    const heads = holdHeads(redis, world.replica.names.of('acme').epoch);
    const client = await world.client({ redis, idleTenantMs: 10, maxTenants: 1 });
    const reading = client.tenant('acme').entry(planById(1));
    await eventually(() => heads.waiting > 0);
    await othersAreLetGo(client);
    expect(client.stats()).toMatchObject({ tenants: 2, followed: 1 });
    heads.letGo();
    expect(await reading).toMatchObject({ value: { seats: 1 }, stale: false });
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, followed: 0 }));
    redis.disconnect();
  });

  it('while a reply of Redis is on its way, also where its caller has given up', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const redis = world.redis.duplicate();
    const client = await world.client({ redis, idleTenantMs: 10, maxTenants: 1 });
    const acme = client.tenant('acme');
    await acme.get(planById(2));
    const replies = holdReplies(redis);
    replies.hold();
    const abort = new AbortController();
    const reading = acme.get(planById(1), { signal: abort.signal });
    await eventually(() => replies.waiting === 1);
    abort.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    replies.pass();
    await othersAreLetGo(client);
    expect(client.stats().tenants).toBe(2);
    replies.letGo();
    await eventually(() => expect(acme.peek(planById(1))).toMatchObject({ seats: 1 }));
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, entries: 0 }));
    redis.disconnect();
  });

  it('while the source loads, also where the answer is late, and while the source is to be spared', async () => {
    await using world = startWorld();
    const slow = defineConfig({ name: 'slow', schema, databaseTimeout: '1s', retryThrottle: '1ms' });
    const spared = defineConfig({ name: 'spared', schema, retryThrottle: '1h', cacheTimeout: '15s' });
    const source = tableSource();
    source.set(slow, 1, 7);
    let ahead = 0;
    const client = await world.client({ source, idleTenantMs: 10, maxTenants: 1, clock: () => Date.now() + ahead });
    source.hold();
    await expect(client.tenant('acme').get(slow)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await othersAreLetGo(client);
    expect(client.stats().tenants).toBe(2);
    source.letGo();
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, entries: 0 }));
    expect(await client.tenant('acme').get(slow)).toBe(7);
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, entries: 0 }));

    source.fail(new Error('away'));
    const { asked } = source;
    await expect(client.tenant('acme').get(spared)).rejects.toThrow();
    await othersAreLetGo(client);
    await expect(client.tenant('acme').get(spared)).rejects.toThrow();
    expect(source.asked).toBe(asked + 1);
    ahead += 3_600_001;
    await eventually(() => expect(client.stats()).toMatchObject({ tenants: 1, entries: 0 }));
  });
});

/** Others are idle, and let go for it, several times over. */
async function othersAreLetGo(client: Client): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const { tenantsLetGo } = client.stats();
    await client.tenant(`another-${i}`).get(planById(1));
    await eventually(() => client.stats().tenantsLetGo > tenantsLetGo);
  }
}

/** The channels of this world that any connection listens to. */
async function channels(world: World): Promise<string[]> {
  return (await world.redis.pubsub('CHANNELS', `${world.prefix}:*`)) as string[];
}

/** Keeps the head of one feed back, so that the feed is being opened until the test lets it go. */
function holdHeads(redis: Redis, epochName: string) {
  const waiting: (() => void)[] = [];
  let isHeld = true;
  const ask = redis.hmgetBuffer.bind(redis) as (...args: unknown[]) => Promise<unknown>;
  redis.hmgetBuffer = (async (name: string, ...fields: string[]) => {
    const head = await ask(name, ...fields);
    if (isHeld && name === epochName) await new Promise<void>(resolve => waiting.push(resolve));
    return head;
  }) as typeof redis.hmgetBuffer;
  return {
    get waiting() {
      return waiting.length;
    },
    letGo() {
      isHeld = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
