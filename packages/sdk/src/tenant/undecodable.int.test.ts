import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { planById, planPut, startWorld } from '../world.fixture.ts';

const broken = Buffer.from([0xc1, 0xff]);

it('get rejects with a typed error where a value cannot be decoded and there was none before; other refs are not affected', async () => {
  // L50, J4
  await using world = startWorld();
  const troubles: unknown[] = [];
  await world.apply('acme', planPut({ id: 1, version: 1, payload: broken }), planPut({ id: 2, version: 2, seats: 2 }));
  await world.redis.set(`${world.prefix}:{acme}:k:${planById(3).address}`, 'not ours');
  await world.redis.set(`${world.prefix}:{acme}:k:${planById(4).address}`, '\u0009a later format');
  const client = await world.client({ onTrouble: error => troubles.push(error) });
  const acme = client.tenant('acme');
  const results = await Promise.allSettled([1, 2, 3, 4].map(id => acme.get(planById(id))));
  expect(results.map(result => (result.status === 'fulfilled' ? result.value?.seats : result.reason.code))).toEqual([
    'MALFORMED_ENVELOPE',
    2,
    'UNKNOWN_FORMAT',
    'UNKNOWN_FORMAT',
  ]);
  expect(client.stats().undecodable).toBe(3);
  expect(troubles).toHaveLength(3);
  expect(acme.peek(planById(1))).toBeUndefined();
  await world.apply('acme', planPut({ id: 1, version: 3, seats: 1 }));
  expect(await acme.get(planById(1))).toMatchObject({ seats: 1 });
});

it('a push that cannot be applied costs its own ref alone, which is read again later', async () => {
  // R5 (reader): not at once, because the push has the very bytes that a read would bring. The sweep looks again.
  await using world = startWorld();
  await world.apply('acme', ...[1, 2].map(id => planPut({ id, version: id, seats: id })));
  const client = await world.client({ sweepMs: 50 });
  const acme = client.tenant('acme');
  await acme.getMany([planById(1), planById(2)]);
  await world.apply('acme', planPut({ id: 1, version: 3, payload: broken }), planPut({ id: 2, version: 4, seats: 22 }));
  await eventually(() => expect(acme.peek(planById(2))).toMatchObject({ seats: 22 }));
  expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 1 }, stale: true });
  const whole = planPut({ id: 1, version: 3, seats: 33 }).envelope as Buffer;
  await world.redis.set(world.replica.names.of('acme').keyPrefix + planById(1).address, whole);
  await eventually(() => expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 33 }, stale: false }));
  await world.apply('acme', planPut({ id: 2, version: 5, seats: 222 }));
  await eventually(() => expect(acme.peekEntry(planById(2))).toMatchObject({ value: { seats: 222 }, stale: false }));
});

it('a value that cannot be decoded leaves the last good one, marked stale, until the next good one', async () => {
  // K8, K17
  await using world = startWorld();
  const seen: unknown[] = [];
  await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
  const client = await world.client();
  const acme = client.tenant('acme');
  const watching = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
  await eventually(() => expect(seen).toEqual([1]));
  await world.apply('acme', planPut({ id: 1, version: 2, payload: broken }));
  await eventually(() => expect(client.stats().undecodable).toBe(1));
  expect(await acme.entry(planById(1))).toMatchObject({ value: { seats: 1 }, version: 1, stale: true });
  await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
  await eventually(() => expect(seen).toEqual([1, 3]));
  expect(await acme.entry(planById(1))).toMatchObject({ version: 3, stale: false });
  watching.unsubscribe();
});

it('an onTrouble that throws does not break the read', async () => {
  await using world = startWorld();
  await world.apply('acme', planPut({ id: 1, version: 1, payload: broken }));
  const client = await world.client({
    onTrouble() {
      throw new Error('from the listener');
    },
  });
  await expect(client.tenant('acme').get(planById(1))).rejects.toMatchObject({ code: 'MALFORMED_ENVELOPE' });
});
