import type { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { plan, range, token, writer } from '../layered.fixture.ts';
import { freshFolder } from './snapshot.fixture.ts';

// K17
it.each(['away', 'there'])(
  'the last good value of an inherited config outlives a restart, and another one, until there is a good one: Redis is %s',
  async redis => {
    await using faulty = await startFaultyWorld();
    await using folder = await freshFolder();
    const { world, proxy } = faulty;
    const { set, groups } = writer(world);
    const snapshotFile = { path: folder.path };
    await groups('acme', 'eu');
    await set('@eu', plan, { seats: 5 });
    await set('@eu', token, { key: 'secret-1' });
    await set('acme', range, { min: 50 });
    const before = await world.client({ snapshotFile });
    const good = [
      { seats: 5, tags: [] },
      { min: 50, max: 100 },
    ];
    const [first, unseen] = [before.tenant('acme'), before.tenant('unseen')];
    await groups('unseen', 'eu');
    expect(await unseen.get(plan)).toEqual(good[0]);
    expect(await first.getMany([plan, range])).toEqual(good);
    await first.get(token);
    // One that its schema refuses by itself, and one where only the whole is refused.
    await set('@eu', plan, { seats: 'many' });
    await set('@eu', token, { key: 5 });
    await set('*', range, { max: 40 });
    await eventually(() => {
      expect([first.peek(plan), first.peek(range)]).toEqual(good);
      expect([first.peekEntry(plan)?.stale, first.peekEntry(range)?.stale]).toEqual([true, true]);
      expect(first.peekEntry(token)).toMatchObject({ value: { key: 'secret-1' }, stale: true });
    });
    // Of `unseen` nobody has looked at anything since.
    await before.close();

    if (redis === 'away') proxy.set('refuse');
    for (let restart = 0; restart < 2; restart++) {
      const troubles: string[] = [];
      const onTrouble = (error: unknown) => troubles.push((error as TenantryError).code);
      const client = await faulty.client({ readTimeoutMs: redis === 'away' ? 300 : 15_000, snapshotFile, onTrouble });
      const acme = client.tenant('acme');
      expect([await acme.get(plan), await acme.get(range)]).toEqual(good);
      expect(await acme.entry(plan)).toMatchObject({ value: good[0], stale: true });
      expect([acme.peek(plan), acme.peek(range)]).toEqual(good);
      expect(await client.tenant('unseen').get(plan)).toEqual(good[0]);
      expect(troubles).toContain('INVALID_VALUE');
      await expect(acme.get(token)).rejects.toMatchObject({ retryable: redis === 'away' });
      await client.close();
    }

    await heal(proxy);
    const client = await faulty.client({ snapshotFile });
    const acme = client.tenant('acme');
    expect(await acme.get(plan)).toEqual(good[0]);
    await set('@eu', plan, { seats: 6 });
    await set('acme', range, { min: 30 });
    await eventually(async () => {
      expect(await acme.entry(plan)).toMatchObject({ value: { seats: 6 }, stale: false });
      expect(await acme.entry(range)).toMatchObject({ value: { min: 30, max: 40 }, stale: false });
    });
    await client.close();
    const last = await faulty.client({ snapshotFile });
    expect(await last.tenant('acme').get(plan)).toMatchObject({ seats: 6 });
  },
);
