import type { RecordChange } from '@tenantry/redis';
import { BUSY_MS, eventually, startRedisServer } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Client } from '../create-client.ts';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { planById, planBySlug, planDelete, planPut, startWorld, type World } from '../world.fixture.ts';

describe('a feed that is cut off', () => {
  it('brings what was changed, deleted and created meanwhile', async () => {
    // F8, F9, L53, G6 of the promises
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 }));
    const client = await faulty.client();
    const acme = client.tenant('acme');
    await acme.getMany([planById(1), planById(2), planById(3)]);
    proxy.set('refuse');
    await world.apply('acme', planPut({ id: 1, version: 3, slug: 'gold', seats: 11 }));
    await world.apply('acme', planDelete(2, 4));
    await world.apply('acme', planPut({ id: 3, version: 5, seats: 33 }));
    proxy.set('pass');
    const began = performance.now();
    await eventually(() => expect([1, 2, 3].map(id => acme.peek(planById(id))?.seats)).toEqual([11, undefined, 33]));
    expect(performance.now() - began).toBeLessThan(1_000 + BUSY_MS);
    expect(client.stats()).toMatchObject({ gaps: 1, resyncs: 0, repairedBySweep: 0 });
    expect(await acme.get(planBySlug('gold'))).toMatchObject({ seats: 11 });
  });

  it('compares everything with Redis where the log was trimmed meanwhile', async () => {
    // F9, L53
    await using faulty = await startFaultyWorld(2);
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 }));
    const client = await faulty.client();
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await acme.getMany([planById(1), planById(2), planById(3)]);
    proxy.set('refuse');
    for (let version = 3; version < 500; version++)
      await world.apply('acme', planPut({ id: 1, version, seats: version }));
    await world.apply('acme', planDelete(2, 500), planPut({ id: 3, version: 501, seats: 33 }));
    proxy.set('pass');
    await eventually(() => expect([1, 2, 3].map(id => acme.peek(planById(id))?.seats)).toEqual([499, undefined, 33]));
    await eventually(async () => expect(await acme.entry(planById(2))).toMatchObject({ stale: false }));
    expect(client.stats()).toMatchObject({ resyncs: 1, foundByResync: 3 });
    expect(seen).toEqual([1, 499]);
    watching.unsubscribe();
  });

  it('is found when it falls silent, within two heartbeats, and reads say stale meanwhile', async () => {
    // L54
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    // Commands go past the proxy, so only the feed is silent.
    const direct = world.redis.duplicate();
    const behind = world.connect(proxy.port);
    direct.duplicate = ((...args: Parameters<typeof behind.duplicate>) => behind.duplicate(...args)) as never;
    const client = await world.client({ redis: direct, heartbeatMs: 200, feedTimeoutMs: 100 });
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    proxy.set('silent');
    const began = performance.now();
    await world.apply('acme', planPut({ id: 1, version: 2, seats: 2 }));
    await eventually(() => expect(acme.peekEntry(planById(1))?.stale).toBe(true));
    expect(performance.now() - began).toBeLessThan(400 + 100 + BUSY_MS);
    // The status follows what is shown, in a turn of its own.
    await eventually(async () => expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'stale' }));
    await heal(proxy);
    await eventually(async () => expect(await acme.entry(planById(1))).toMatchObject({ version: 2, stale: false }));
    await client.close();
    direct.disconnect();
  });
});

describe('a Redis that forgets', () => {
  it('makes memory stale, not empty, until it is filled again', async () => {
    // L49, R11
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    const fill = async (...changes: RecordChange[]) => {
      const token = await beginFill(world);
      for (const change of changes) await world.apply('acme', change);
      expect(await world.replica.completeFill(token, 1)).toBe(true);
    };
    await fill(planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await acme.getMany([planById(1), planById(2)]);
    await world.redis.flushdb();
    await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 1 }, stale: true }));
    await beats(client, 5);
    expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 1 }, stale: true });
    expect(await acme.entry(planById(2))).toMatchObject({ value: { seats: 2 }, stale: true });
    expect(seen).toEqual([1]);
    expect(await firstValueFrom(client.status$)).toMatchObject({
      state: 'stale',
      why: expect.stringContaining('filled'),
    });
    // Meanwhile 2 was deleted in the database.
    await fill(planPut({ id: 1, version: 3, seats: 3 }));
    await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 3 }, stale: false }));
    expect(acme.peekEntry(planById(2))).toMatchObject({ value: undefined, stale: false });
    expect(seen).toEqual([1, 3]);
    watching.unsubscribe();
  });

  it('has not deleted what it told of while it was filled, and lost again before that was over', async () => {
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    await world.replica.completeFill(await beginFill(world), 1);
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    await acme.getMany([planById(1), planById(2)]);
    await world.redis.flushdb();
    await eventually(async () => expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'stale' }));
    const token = await beginFill(world);
    const watching = acme.watch(planById(1)).subscribe();
    await acme.get(planById(4));
    // What was known before is read once more, since another record might have the key.
    const { reads } = client.stats();
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    await eventually(() => expect(acme.peek(planById(1))).toMatchObject({ seats: 3 }));
    await eventually(() => expect(client.stats().reads).toBeGreaterThan(reads));
    await acme.get(planById(3));
    await world.redis.del(world.replica.names.of('acme').keyPrefix + planById(1).address);
    expect(await world.replica.completeFill(token, 5)).toBe(true);
    await eventually(async () => expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'ready' }));
    expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 3 }, stale: true });
    expect(client.stats().lostInRedis).toBe(1);
    expect(acme.peekEntry(planById(2))).toMatchObject({ value: undefined, stale: false });
    watching.unsubscribe();
  });

  it('is not followed back to an older state, which is counted and reported', async () => {
    // G3 of the promises
    await using server = await startRedisServer();
    await using world = startWorld(server.url);
    const troubles: unknown[] = [];
    await world.apply('acme', planPut({ id: 1, version: 5, seats: 5 }), planPut({ id: 2, version: 6, seats: 6 }));
    const client = await world.client({ onTrouble: error => troubles.push(error) });
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await acme.getMany([planById(1), planById(2)]);
    await world.apply('acme', planDelete(2, 7));
    await eventually(() => expect(acme.peek(planById(2))).toBeUndefined());
    // As after a failover to a replica that had not got the last of it.
    await world.redis.flushdb();
    const token = await beginFill(world);
    await world.apply('acme', planPut({ id: 1, version: 4, seats: 4 }), planPut({ id: 2, version: 6, seats: 6 }));
    await world.replica.completeFill(token, 1);
    await eventually(() => expect(client.stats().olderInRedis).toBeGreaterThanOrEqual(2));
    await eventually(async () => expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'ready' }));
    expect(acme.peekEntry(planById(1))).toMatchObject({ version: 5, stale: true });
    expect(acme.peek(planById(2))).toBeUndefined();
    expect(troubles).toContainEqual(expect.objectContaining({ message: expect.stringContaining('older state') }));
    await world.apply('acme', planPut({ id: 1, version: 8, seats: 8 }));
    await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ version: 8, stale: false }));
    expect(seen).toEqual([5, 8]);
    watching.unsubscribe();
  });
});

describe('the sweep', () => {
  it('finds nothing where the feed said all, and counts what it has to repair', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 }));
    const client = await world.client({ sweepMs: 20 });
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await acme.getMany([planById(1), planById(2), planById(3)]);
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    await beats(client, 3);
    expect(client.stats().repairedBySweep).toBe(0);
    // Behind the feed's back 1 takes the place of 3.
    const { keyPrefix } = world.replica.names.of('acme');
    await world.redis.copy(keyPrefix + planById(1).address, keyPrefix + planById(3).address);
    await eventually(() => expect(client.stats().repairedBySweep).toBe(1));
    expect([1, 2, 3].map(id => acme.peek(planById(id))?.seats)).toEqual([3, 2, 3]);
    watching.unsubscribe();
  });

  // R11
  it('keeps what Redis has lost without a word, says that it is stale, and takes the repair', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 2 }));
    const troubles: unknown[] = [];
    const client = await world.client({ sweepMs: 20, onTrouble: trouble => troubles.push(trouble) });
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watchEntry(planById(1)).subscribe(entry => seen.push([entry.value?.seats, entry.stale]));
    await acme.getMany([planById(1), planById(2)]);
    const { keyPrefix } = world.replica.names.of('acme');
    await world.redis.del(keyPrefix + planById(1).address, keyPrefix + planById(2).address);
    await eventually(() => expect(client.stats().lostInRedis).toBe(2));
    expect(troubles).toContainEqual(expect.objectContaining({ code: 'LOST_IN_REDIS' }));
    expect(await acme.entry(planById(2))).toMatchObject({ value: { seats: 2 }, stale: true });
    expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 1 }, stale: true });
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 1 }), planPut({ id: 2, version: 4, seats: 2 }));
    await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ version: 3, stale: false }));
    expect(acme.peekEntry(planById(2))).toMatchObject({ version: 4, stale: false });
    expect(seen.at(0)).toEqual([1, false]);
    expect(seen.at(-1)).toEqual([1, false]);
    expect(client.stats().repairedBySweep).toBe(0);
    watching.unsubscribe();
  });

  it('tells those who watch when what Redis had lost is there again as it was', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await world.client({ sweepMs: 20 });
    const acme = client.tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watchEntry(planById(1)).subscribe(entry => seen.push([entry.value?.seats, entry.stale]));
    await eventually(() => expect(seen.at(-1)).toEqual([1, false]));
    const key = world.replica.names.of('acme').keyPrefix + planById(1).address;
    await world.redis.rename(key, `${key}.away`);
    await eventually(() => expect(seen.at(-1)).toEqual([1, true]));
    await world.redis.rename(`${key}.away`, key);
    await eventually(() => expect(seen.at(-1)).toEqual([1, false]));
    expect(acme.peekEntry(planById(1))).toMatchObject({ stale: false });
    watching.unsubscribe();
  });
});

/** Nobody else fills. */
async function beginFill(world: World): Promise<string> {
  const token = await world.replica.beginFill();
  if (token === undefined) throw new Error('Somebody else fills this Redis');
  return token;
}

/** So many heartbeats went by. */
async function beats(client: Client, count: number): Promise<void> {
  const until = performance.now() + count * 100;
  await eventually(() => performance.now() > until, { message: `${count} heartbeats`, timeoutMs: 10_000 });
  expect(client.stats().tenants).toBeGreaterThan(0);
}
