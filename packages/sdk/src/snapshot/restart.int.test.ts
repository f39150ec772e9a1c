import { eventually, monitorCommands } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { planById, planDelete, planPut, startWorld, type World } from '../world.fixture.ts';
import { freshFolder } from './snapshot.fixture.ts';

const REFS = 10_000;
const CHANGED = 10;

/** For how many keys of this world Redis was asked. */
async function keysRead({ redisUrl, prefix }: World, during: () => Promise<unknown>): Promise<number> {
  const { hostname: host, port } = new URL(redisUrl);
  let keys = 0;
  const monitor = await monitorCommands({ host, port: Number(port) }, ({ args: [command = '', ...args] }) => {
    if (command.toLowerCase() === 'mget') keys += args.filter(key => key.startsWith(prefix)).length;
  });
  await during();
  await monitor.caughtUp();
  monitor.end();
  return keys;
}

describe('a restart from a snapshot file', () => {
  it(`of ${REFS} refs reads from Redis those that changed since, and no others`, async () => {
    // R7 (reader)
    await using world = startWorld(undefined, 1_000);
    await using file = await freshFolder();
    const ids = Array.from({ length: REFS }, (_, i) => i + 1);
    for (let at = 0; at < REFS; at += 500)
      await world.apply('acme', ...ids.slice(at, at + 500).map(id => planPut({ id, version: 1, seats: 1 })));
    const snapshotFile = { path: file.path };
    const refs = ids.map(planById);
    const before = await world.client({ snapshotFile });
    await before.tenant('acme').getMany(refs);
    await before.close();
    for (const id of ids.slice(0, CHANGED)) await world.apply('acme', planPut({ id, version: 2, seats: 2 }));

    const client = await world.client({ snapshotFile });
    const acme = client.tenant('acme');
    expect(acme.peekEntry(planById(REFS))).toMatchObject({ value: { seats: 1 }, stale: true, origin: 'snapshot' });
    let seats: (number | null | undefined)[] = [];
    const read = await keysRead(world, async () => {
      seats = (await acme.getMany(refs)).map(plan => plan?.seats);
    });
    expect(seats).toEqual(ids.map(id => (id <= CHANGED ? 2 : 1)));
    expect(read).toBeLessThanOrEqual(CHANGED);
    expect(client.stats().resyncs).toBe(0);
    await eventually(() => expect(acme.peekEntry(planById(REFS))).toMatchObject({ stale: false, origin: 'memory' }));
  });

  it.each(['trimmed', 'begun anew'])(
    'whose feed was %s meanwhile compares everything, and loses nothing',
    async how => {
      // R7, R9 (reader): another epoch is no reason to ignore the file. It is compared as after every gap, and Redis wins.
      await using world = startWorld(undefined, 16);
      await using file = await freshFolder();
      const ids = Array.from({ length: 50 }, (_, i) => i + 1);
      const fill = (version: number, seats: number) =>
        Promise.all(ids.map(id => world.apply('acme', planPut({ id, version, seats }))));
      await fill(1, 1);
      const snapshotFile = { path: file.path };
      const before = await world.client({ snapshotFile });
      await before.tenant('acme').getMany(ids.map(planById));
      await before.close();
      // Once more than it was filled before.
      const isLost = how === 'begun anew';
      if (isLost) await loseEverything(world);
      await world.apply('acme', planPut({ id: 99, version: 1 }), planDelete(1, 2));
      for (let version = 2; version < 5; version++)
        for (const id of ids.slice(1)) await world.apply('acme', planPut({ id, version, seats: version }));
      const token = isLost ? await world.replica.beginFill() : undefined;
      if (token !== undefined) await world.replica.completeFill(token, 1);

      const troubles: unknown[] = [];
      const client = await world.client({ snapshotFile, onTrouble: error => troubles.push(error) });
      const acme = client.tenant('acme');
      const emitted: unknown[] = [];
      const watching = acme.watch(planById(2)).subscribe(plan => emitted.push(plan?.seats));
      await eventually(() => expect(emitted.at(-1)).toBe(4));
      expect(emitted).toEqual([1, 4]);
      const plans = await acme.getMany(ids.map(planById));
      expect(plans.map(plan => plan?.seats)).toEqual(ids.map(id => (id === 1 ? undefined : 4)));
      expect(client.stats().resyncs).toBeGreaterThan(0);
      const epochs = troubles.filter(error => /epoch/.test(String(error)));
      expect(epochs).toHaveLength(how === 'trimmed' ? 0 : 1);
      watching.unsubscribe();
    },
  );
});

async function loseEverything({ redis, prefix }: World): Promise<void> {
  await redis.del(await redis.keys(`${prefix}*`));
}
