import { eventually, startRedisServer } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { holdReplies } from '../held-replies.fixture.ts';
import { planById, planBySlug, planDelete, planPut, startWorld } from '../world.fixture.ts';
import { lose } from './lose-redis.fixture.ts';

it('a record is stale while Redis has an older state of it, also where only the sweep can find that', async () => {
  await using world = startWorld();
  await world.apply('acme', planPut({ id: 1, version: 5, seats: 5 }));
  const { keyPrefix } = world.replica.names.of('acme');
  const older = await world.redis.getBuffer(keyPrefix + planById(1).address);
  await world.apply('acme', planPut({ id: 1, version: 7, seats: 7 }));
  const client = await world.client({ sweepMs: 20 });
  const acme = client.tenant('acme');
  await acme.get(planById(1));
  await world.redis.set(keyPrefix + planById(1).address, older as Buffer);
  await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ version: 7, stale: true }));
  await world.redis.del(keyPrefix + planById(1).address);
  expect(await acme.entry(planById(1))).toMatchObject({ version: 7, stale: true });
  await world.apply('acme', planPut({ id: 1, version: 8, seats: 8 }));
  await eventually(async () => expect(await acme.entry(planById(1))).toMatchObject({ version: 8, stale: false }));
});

it('a deleted record is known to be gone again when the older state in Redis expires', async () => {
  await using world = startWorld();
  await world.apply('acme', planPut({ id: 1, version: 5, seats: 5 }));
  const client = await world.client({ sweepMs: 20 });
  const acme = client.tenant('acme');
  await acme.get(planById(1));
  const key = world.replica.names.of('acme').keyPrefix + planById(1).address;
  const older = await world.redis.getBuffer(key);
  await world.apply('acme', planDelete(1, 7));
  await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ value: undefined, stale: false }));
  await world.redis.set(key, older as Buffer);
  await eventually(() => expect(acme.peekEntry(planById(1))?.stale).toBe(true));
  expect(client.stats().olderInRedis).toBe(1);
  await world.redis.pexpire(key, 1);
  await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ value: undefined, stale: false }));
});

it('a reply from a Redis that went back is not shown, also before the reader knows that it went back', async () => {
  await using world = startWorld();
  await world.apply('acme', planPut({ id: 1, version: 1, slug: 'gold' }));
  const { keyPrefix, epoch } = world.replica.names.of('acme');
  const gold = keyPrefix + planBySlug('gold').address;
  const [older, head] = await Promise.all([world.redis.getBuffer(gold), world.redis.hgetallBuffer(epoch)]);
  const redis = world.redis.duplicate();
  const replies = holdReplies(redis);
  // Nothing but reads can find it.
  const client = await world.client({ redis, sweepMs: 20, heartbeatMs: 60_000 });
  const acme = client.tenant('acme');
  await acme.get(planBySlug('gold'));
  await world.apply('acme', planPut({ id: 1, version: 2 }), planPut({ id: 2, version: 3, slug: 'gold' }));
  await world.apply('acme', planPut({ id: 2, version: 4 }), planPut({ id: 3, version: 5, slug: 'gold' }));
  await eventually(() => expect(acme.peek(planBySlug('gold'))).toMatchObject({ id: 3 }));
  await world.redis
    .multi()
    .set(gold, older as Buffer)
    .hset(epoch, head)
    .exec();
  expect(await acme.entry(planById(4))).toMatchObject({ value: undefined, stale: true });
  // One sweep, and the next, which begins when it is over.
  for (let sweep = 1; sweep <= 2; sweep++) {
    replies.hold();
    await eventually(() => expect(replies.waiting).toBe(1));
    replies.letGo();
  }
  expect(acme.peek(planBySlug('gold'))).toMatchObject({ id: 3 });
  expect(client.stats().repairedBySweep).toBe(0);
  redis.disconnect();
});

it('a reader that saw a record deleted is fresh again when it is deleted once more', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  await world.apply('acme', planPut({ id: 1, version: 5, slug: 'gold' }));
  const client = await world.client();
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  const watching = acme.watchEntry(planById(1)).subscribe(({ value, stale }) => seen.push([value?.slug, stale]));
  await eventually(() => expect(seen.at(-1)).toEqual(['gold', false]));
  await world.apply('acme', planDelete(1, 6));
  await eventually(() => expect(seen.at(-1)).toEqual([undefined, false]));
  await lose(world, client, planPut({ id: 1, version: 5, slug: 'gold' }));
  await eventually(() => expect(seen.at(-1)).toEqual([undefined, true]));
  await world.apply('acme', planDelete(1, 9));
  await eventually(() => expect(seen.at(-1)).toEqual([undefined, false]));
  watching.unsubscribe();
});
