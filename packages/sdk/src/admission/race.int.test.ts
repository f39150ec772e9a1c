import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { type HeldReplies, holdReplies } from '../held-replies.fixture.ts';
import type { TenantClient } from '../tenant/tenant-client.ts';
import { planById, planBySlug, planDelete, planPut, startWorld, type World } from '../world.fixture.ts';

/** A client whose replies the test holds, and that nobody hurries. */
async function startRace(world: World, options: Parameters<World['client']>[0] = {}) {
  const redis = world.redis.duplicate();
  const replies = holdReplies(redis);
  const client = await world.client({ redis, readTimeoutMs: 10_000, heartbeatMs: 60_000, ...options });
  const acme = client.tenant('acme');
  // The feed is open and live before the race begins.
  await acme.get(planById(1_000_000));
  return {
    client,
    acme,
    replies,
    [Symbol.dispose]() {
      replies.letGo();
      redis.disconnect();
    },
  };
}

/** Begins to read and waits until Redis has answered; the answer is on its way. */
async function beginRead(replies: HeldReplies, read: () => Promise<unknown>) {
  const { waiting } = replies;
  replies.hold();
  const reading = read();
  await eventually(() => replies.waiting > waiting);
  return reading;
}

let beacon = 1;

/** Everything that was applied before was heard. */
async function heard(world: World, acme: TenantClient): Promise<void> {
  beacon++;
  const seen: unknown[] = [];
  const watching = acme.watch(planById(1_000_000)).subscribe(plan => seen.push(plan?.seats));
  await world.apply('acme', planPut({ id: 1_000_000, version: beacon, seats: beacon }));
  await eventually(() => seen.at(-1) === beacon);
  watching.unsubscribe();
}

describe('a reply that a message overtakes', () => {
  it('does not bring the older value back', async () => {
    // F10, G14, L51
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 4, seats: 4 }));
    using race = await startRace(world);
    const reading = beginRead(race.replies, () => race.acme.get(planById(1)));
    await eventually(() => race.replies.waiting === 1);
    await world.apply('acme', planPut({ id: 1, version: 5, seats: 5 }));
    await heard(world, race.acme);
    expect(race.acme.peek(planById(1))).toMatchObject({ seats: 5 });
    race.replies.letGo();
    expect(await reading).toMatchObject({ seats: 5 });
    expect(race.acme.peek(planById(1))).toMatchObject({ seats: 5 });
    expect(race.acme.peekEntry(planById(1))).toMatchObject({ version: 5, stale: false });
    expect(race.client.stats().overtaken).toBe(1);
  });

  it('does not bring a deleted record back', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 4, seats: 4 }));
    using race = await startRace(world);
    const reading = beginRead(race.replies, () => race.acme.get(planById(1)));
    await eventually(() => race.replies.waiting === 1);
    await world.apply('acme', planDelete(1, 5));
    await heard(world, race.acme);
    race.replies.letGo();
    expect(await reading).toBeUndefined();
    expect(race.acme.peekEntry(planById(1))).toMatchObject({ value: undefined, stale: false });
  });

  it('does not show a record where it stood before it moved', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 4, slug: 'gold', seats: 4 }));
    using race = await startRace(world);
    const reading = beginRead(race.replies, () => race.acme.get(planBySlug('gold')));
    await eventually(() => race.replies.waiting === 1);
    await world.apply('acme', planPut({ id: 1, version: 5, slug: 'silver', seats: 5 }));
    await heard(world, race.acme);
    race.replies.letGo();
    expect(await reading).toBeUndefined();
    expect(await race.acme.get(planBySlug('silver'))).toMatchObject({ seats: 5 });
  });

  it('does not say that something is absent which was created meanwhile', async () => {
    await using world = startWorld();
    using race = await startRace(world);
    const reading = beginRead(race.replies, () => race.acme.get(planById(1)));
    await eventually(() => race.replies.waiting === 1);
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    await heard(world, race.acme);
    race.replies.letGo();
    expect(await reading).toMatchObject({ seats: 1 });
  });

  it('is read again where the message did not carry the value', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 4, seats: 4 }));
    using race = await startRace(world);
    const reading = beginRead(race.replies, () => race.acme.get(planById(1)));
    await eventually(() => race.replies.waiting === 1);
    await world.apply('acme', planPut({ id: 1, version: 5, seats: 5, ballast: 10_000 }));
    await heard(world, race.acme);
    race.replies.letGo();
    expect(await reading).toMatchObject({ seats: 5 });
    expect(race.client.stats().reads).toBe(3);
  });

  it('is given up with a retryable error when that happens every time', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 4, seats: 4 }));
    using race = await startRace(world);
    const reading = beginRead(race.replies, () => race.acme.get(planById(1)));
    reading.catch(() => undefined);
    for (let version = 5; version < 8; version++) {
      await eventually(() => race.replies.waiting === 1);
      await world.apply('acme', planPut({ id: 1, version, seats: version, ballast: 10_000 }));
      await heard(world, race.acme);
      race.replies.letOne();
    }
    await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    race.replies.letGo();
    expect(await race.acme.get(planById(1))).toMatchObject({ seats: 7 });
  });

  it('is not called fresh when the tenant was let go and followed anew meanwhile', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 4, seats: 4 }));
    using race = await startRace(world, { idleMs: 20 });
    const reading = beginRead(race.replies, () => race.acme.get(planById(1)));
    await eventually(() => race.replies.waiting === 1);
    await eventually(() => race.client.stats().followed === 0);
    await world.apply('acme', planPut({ id: 1, version: 5, seats: 5 }));
    // The new feed begins after version 5, and has heard everything that the reply includes.
    const watching = race.acme.watch(planById(2)).subscribe();
    await eventually(() => race.replies.waiting === 2);
    race.replies.letGo();
    expect(await reading).toMatchObject({ seats: 4 });
    expect(race.acme.peekEntry(planById(1))).toMatchObject({ stale: true });
    expect(await race.acme.get(planById(1))).toMatchObject({ seats: 5 });
    watching.unsubscribe();
  });
});

describe('a transaction', () => {
  it('is seen whole by whoever is told of one of its records', async () => {
    // G4 of the promises
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 1 }));
    const acme = (await world.client()).tenant('acme');
    const halves: unknown[] = [];
    const look = () => {
      const [one, two] = [acme.peek(planById(1)), acme.peek(planById(2))];
      if (one?.seats !== two?.seats) halves.push([one, two]);
    };
    await acme.getMany([planById(1), planById(2)]);
    const watching = [1, 2].map(id => acme.watch(planById(id)).subscribe(look));
    for (let n = 2; n <= 50; n++)
      await world.apply(
        'acme',
        planPut({ id: 1, version: 2 * n, seats: n }),
        planPut({ id: 2, version: 2 * n + 1, seats: n }),
      );
    await eventually(() => expect(acme.peek(planById(2))).toMatchObject({ seats: 50 }));
    expect(halves).toEqual([]);
    for (const one of watching) one.unsubscribe();
  });

  it('is not shown through a reply before its message was heard', async () => {
    // The reply of a read that was sent before the message came, but after the script ran:
    //   writer: apply 7 (1 and 2), push
    //   reader:                           reply for 2, as of 7   (1 is in memory, as of 6)
    //   reader:                                                    message 7
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }), planPut({ id: 2, version: 2, seats: 1 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    await acme.get(planById(1));
    for (let n = 2; n <= 60; n++) {
      const applying = world.apply(
        'acme',
        planPut({ id: 1, version: 2 * n, seats: n }),
        planPut({ id: 2 * n, version: 2 * n + 1, seats: n }),
      );
      // Cold, so it is read, somewhere around the moment of the script.
      const reading = acme.get(planById(2 * n)).then(plan => [plan?.seats, acme.peek(planById(1))?.seats]);
      await applying;
      const [cold, warm] = await reading;
      if (cold !== undefined) expect(warm).toBeGreaterThanOrEqual(cold as number);
    }
  });

  it('is whole in one getMany, however many commands it takes', async () => {
    await using world = startWorld();
    const ids = Array.from({ length: 1_200 }, (_, i) => i + 1);
    const all = (n: number) => ids.map(id => planPut({ id, version: n * 10_000 + id, seats: n }));
    await world.apply('acme', ...all(1));
    const client = await world.client({ readTimeoutMs: 10_000 });
    const acme = client.tenant('acme');
    const applying = (async () => {
      for (let n = 2; n <= 4; n++) await world.apply('acme', ...all(n));
    })();
    const seen = await acme.getMany(ids.map(planById));
    await applying;
    expect(client.stats().reads).toBeGreaterThanOrEqual(3);
    expect(new Set(seen.map(plan => plan?.seats)).size).toBe(1);
  });
});
