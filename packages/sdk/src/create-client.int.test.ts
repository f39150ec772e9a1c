import { eventually, startRedisServer } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { createClient } from './create-client.ts';
import { startFaultyWorld } from './faulty-world.fixture.ts';
import type { ClientStatus } from './lifecycle/status-machine.ts';
import { planById, planPut, startWorld } from './world.fixture.ts';

describe('createClient', () => {
  it('opens a URL itself, and closes what it opened', async () => {
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const before = await connections(world.redis);
    {
      await using client = await createClient({ redis: server.url, prefix: world.prefix, readTimeoutMs: 15_000 });
      expect(await client.tenant('acme').get(planById(1))).toMatchObject({ seats: 1 });
      await eventually(async () => expect(await connections(world.redis)).toBe(before + 2));
    }
    await eventually(async () => expect(await connections(world.redis)).toBe(before));
  });

  it('rejects with what is wrong with the options, and leaves nothing open', async () => {
    await using world = startWorld();
    const { redisUrl: redis } = world;
    await expect(createClient({ redis, prefix: 'a b' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(createClient({} as never)).rejects.toThrow('got undefined');
  });

  it('says how far it can be trusted: ready, stale and why, ready again', async () => {
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    let now = 1_000;
    const client = await world.client({ clock: () => now });
    const seen: ClientStatus[] = [];
    client.status$.subscribe(status => seen.push(status));
    const watching = client.tenant('acme').watch(planById(1)).subscribe();
    await eventually(() => expect(client.tenant('acme').peekEntry(planById(1))).toMatchObject({ stale: false }));
    expect(seen.map(({ state }) => state)).toEqual(['ready']);
    now = 2_000;
    await server.kill();
    await eventually(() => expect(seen.at(-1)).toMatchObject({ state: 'stale', since: 2_000 }));
    now = 3_000;
    await server.start();
    await eventually(() => expect(seen.at(-1)).toMatchObject({ state: 'ready', since: 3_000 }));
    for (const { why } of seen) expect(why).not.toBe('');
    watching.unsubscribe();
  });

  it('need not be waited for: a first read, made before Redis was reached, waits within its own budget', async () => {
    // want 3 (reader)
    await using faulty = await startFaultyWorld();
    await faulty.world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    faulty.proxy.set('stall');
    const client = await faulty.client({ readTimeoutMs: 3_000 });
    const reading = client.tenant('acme').get(planById(1));
    faulty.proxy.set('pass');
    expect(await reading).toMatchObject({ seats: 1 });
  });

  it('makes a client of its own each time: two over one connection share nothing, and the end of one is not that of the other', async () => {
    // want 9 (reader): there is no other way to a client, so nobody gets one that somebody else has made, or closed.
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const redis = world.redis.duplicate();
    const [one, two] = await Promise.all([world.client({ redis }), world.client({ redis })]);
    expect(one).not.toBe(two);
    const seen: unknown[] = [];
    two
      .tenant('acme')
      .watch(planById(1))
      .subscribe(plan => seen.push(plan?.seats));
    expect(await one.tenant('acme').get(planById(1))).toMatchObject({ seats: 1 });
    await eventually(() => expect(seen).toEqual([1]));
    await one.close();
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(() => expect(seen).toEqual([1, 2]));
    expect(one.tenant('acme').peek(planById(1))).toMatchObject({ seats: 1 });
    redis.disconnect();
  });

  it('leaves one that is not wanted any more to whoever made it', async () => {
    await using world = startWorld();
    const connection = world.redis.duplicate();
    const client = await world.client({ redis: connection });
    await client.close();
    expect(connection.status).toBe('ready');
    connection.disconnect();
  });
});

describe('close', () => {
  it('can be called twice, ends what it opened and nothing else, and is the end of reading', async () => {
    // A17
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const redis = world.redis.duplicate();
    const listeners = redis.eventNames().map(name => redis.listenerCount(name));
    const client = await world.client({ redis });
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    const states: string[] = [];
    client.status$.subscribe({ next: ({ state }) => states.push(state), complete: () => states.push('complete') });
    const pending = acme.get(planById(2)).catch(error => error.code);
    await Promise.all([client.close(), client.close()]);
    expect(await pending).toSatisfy(result => result === undefined || result === 'CLOSED');
    expect(states).toEqual(['ready', 'closed', 'complete']);
    expect(await redis.ping()).toBe('PONG');
    expect(redis.eventNames().map(name => redis.listenerCount(name))).toEqual(listeners);
    await expect(acme.get(planById(1))).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(acme.entry(planById(9))).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(client.tenant('new').getMany([planById(1)])).rejects.toMatchObject({ code: 'CLOSED' });
    expect(acme.peek(planById(1))).toMatchObject({ seats: 1 });
    expect(acme.peekEntry(planById(1))).toMatchObject({ stale: true });
    redis.disconnect();
  });
});

async function connections(redis: { client(command: 'LIST'): Promise<unknown> }): Promise<number> {
  return String(await redis.client('LIST'))
    .trim()
    .split('\n').length;
}
