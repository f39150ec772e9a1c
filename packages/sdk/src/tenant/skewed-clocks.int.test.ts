import { BUSY_MS, eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { configPut, limits } from '../published-configs.fixture.ts';
import { planById, planPut, startWorld, type World } from '../world.fixture.ts';

const FIVE_MINUTES = 300_000;
/** So exact is a clock that is known by a round trip on a busy machine. */
const EXACT_MS = 150;

const machineNow = Date.now;
afterEach(() => {
  Date.now = machineNow;
});

const redisNow = async ({ redis }: World) => {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
};

describe.each([
  ['five minutes fast', FIVE_MINUTES],
  ['five minutes slow', -FIVE_MINUTES],
])('a reader whose clock is %s', (_, skew) => {
  it.each(['the clock of its process', 'the clock that it is given'])(
    'by %s shows a value until its end',
    async whose => {
      await using world = startWorld();
      const isGiven = whose === 'the clock that it is given';
      if (!isGiven) Date.now = () => machineNow() + skew;
      const client = await world.client(isGiven ? { clock: () => machineNow() + skew } : {});
      const acme = client.tenant('acme');
      const [watchedPlans, watchedLimits]: [unknown[], unknown[]] = [[], []];
      const watching = acme.watch(planById(1)).subscribe(plan => watchedPlans.push(plan?.seats));
      watching.add(acme.watch(limits).subscribe(limit => watchedLimits.push(limit?.most)));
      await eventually(() => expect([watchedPlans, watchedLimits]).toEqual([[undefined], [undefined]]));
      const expiresAt = (await redisNow(world)) + 2_500;
      await world.apply('acme', planPut({ id: 1, version: 1, seats: 5, expiresAt }));
      await world.apply('acme', planPut({ id: 2, version: 2, seats: 6, expiresAt }));
      await world.apply('acme', configPut(limits, 1, { most: 7 }, { expiresAt }));

      expect(await acme.get(planById(1))).toMatchObject({ seats: 5 });
      expect(await acme.entry(planById(2))).toMatchObject({ value: { seats: 6 }, stale: false });
      expect(await acme.get(limits)).toEqual({ most: 7 });
      expect(acme.peek(planById(2))).toMatchObject({ seats: 6 });
      expect([watchedPlans, watchedLimits]).toEqual([
        [undefined, 5],
        [undefined, 7],
      ]);

      for (const ref of [planById(1), planById(2), limits]) {
        await eventually(() => expect(acme.peek(ref as typeof limits)).toBeUndefined());
        const late = (await redisNow(world)) - expiresAt;
        expect(late).toBeGreaterThan(-EXACT_MS);
        expect(late).toBeLessThan(BUSY_MS);
        expect(await acme.get(ref as typeof limits)).toBeUndefined();
      }
      await eventually(() =>
        expect([watchedPlans, watchedLimits]).toEqual([
          [undefined, 5, undefined],
          [undefined, 7, undefined],
        ]),
      );
      watching.unsubscribe();
    },
  );

  it('shows a value that it reads first of all', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 5, expiresAt: (await redisNow(world)) + 60_000 }));
    Date.now = () => machineNow() + skew;
    const acme = (await world.client()).tenant('acme');
    expect(await acme.entry(planById(1))).toMatchObject({ value: { seats: 5 }, stale: false });
  });
});

it('a clock that is put right while a value is shown changes nothing', async () => {
  await using world = startWorld();
  await world.apply('acme', planPut({ id: 1, version: 1, seats: 5, expiresAt: (await redisNow(world)) + 60_000 }));
  const acme = (await world.client()).tenant('acme');
  const seen: unknown[] = [];
  const watching = acme.watchEntry(planById(1)).subscribe(({ value, stale }) => seen.push([value?.seats, stale]));
  await eventually(() => expect(seen.at(-1)).toEqual([5, false]));
  for (const skew of [FIVE_MINUTES, -FIVE_MINUTES]) {
    Date.now = () => machineNow() + skew;
    expect(acme.peek(planById(1))).toMatchObject({ seats: 5 });
    expect(await acme.entry(planById(1))).toMatchObject({ value: { seats: 5 }, stale: false });
  }
  expect(seen.at(-1)).toEqual([5, false]);
  watching.unsubscribe();
});
