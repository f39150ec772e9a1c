import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { planById, planPut, WORLDS } from '../world.fixture.ts';

describe.each(WORLDS)('from $from', ({ startWorld }) => {
  it('a value is served until it expires, and not longer', async () => {
    // L1, L7, G7 (caches), H1
    await using world = startWorld();
    let now = Date.now();
    const expiresAt = now + 60_000;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 5, expiresAt }));
    const client = await world.client({ clock: () => now });
    const acme = client.tenant('acme');
    for (let i = 0; i < 2; i++) expect(await acme.get(planById(1))).toMatchObject({ seats: 5 });
    expect(client.stats().reads).toBe(1);
    now = expiresAt;
    expect(acme.peek(planById(1))).toBeUndefined();
    expect(acme.peekEntry(planById(1))).toBeUndefined();
    // This clock is ahead of Redis's, which still has the value: it is not promoted as fresh.
    expect(await acme.get(planById(1))).toBeUndefined();
    expect(client.stats().reads).toBe(2);
  });

  it('watchers hear that a value expired, although Redis sends no message', async () => {
    // H3
    await using world = startWorld();
    // Long enough to be seen on a busy machine.
    const expiresAt = Date.now() + 3_000;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 5, expiresAt }));
    const seen: unknown[] = [];
    const acme = (await world.client()).tenant('acme');
    const watching = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([5, undefined]));
    watching.unsubscribe();
  });

  it('a reader takes the next version after a value has expired', async () => {
    // H5
    await using world = startWorld();
    // Ahead of Redis's, which does not take a value away before it was seen; less than what counts as a clock that is wrong.
    let now = Date.now() + 20_000;
    const acme = (await world.client({ clock: () => now })).tenant('acme');
    const seen: unknown[] = [];
    const watching = acme.watch(planById(1)).subscribe(plan => seen.push(plan?.seats));
    await eventually(() => expect(seen).toEqual([undefined]));
    for (const version of [1, 2]) {
      await world.apply('acme', planPut({ id: 1, version, seats: version, expiresAt: now + 200 }));
      await eventually(() => expect(seen.at(-1)).toBe(version));
      now += 200;
      await eventually(() => expect(seen.slice(-2)).toEqual([version, undefined]));
    }
    watching.unsubscribe();
  });
});
