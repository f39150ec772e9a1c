import { rightsOf } from '@tenantry/admin-api';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { plan, writer } from '../../../sdk/src/layered.fixture.ts';
import { planPut, startWorld } from '../../../sdk/src/world.fixture.ts';
import { EventStreams } from './event-streams.ts';
import { ann, definitions, everything, grant, listen, streamsOf } from './streams.fixture.ts';

describe('many streams', () => {
  // B14
  it('cuts a reader that does not read, and keeps no more than its bound for it', async () => {
    await using world = startWorld();
    const streams = streamsOf(await world.client());
    const { body } = streams.open({
      scope: 'tenants/acme',
      principal: ann,
      rights: rightsOf(ann, [grant('*')]),
      lastEventId: undefined,
    });
    expect(body).not.toBeNull();
    const other = listen(streams, 'tenants/acme');
    await other.ready();
    for (let version = 1; streams.count === 2; version++) {
      const changes = Array.from({ length: 200 }, (_, id) => planPut({ id, version }));
      await world.apply('acme', ...changes);
      await other.hears(200 * version);
    }
    expect([streams.count, other.isOver()]).toEqual([1, false]);
    streams.close();
  });

  it('comes back to what it missed many at a time, and each gets all of it', async () => {
    await using world = startWorld();
    const write = writer(world);
    const streams = streamsOf(await world.client());
    const first = listen(streams, 'tenants/acme');
    await first.ready();
    for (let seats = 0; seats < 20; seats++) await write.set('acme', plan, { seats });
    const id = first.events.find(({ event }) => event === 'ready')?.id;
    const all = Array.from({ length: 100 }, () => listen(streams, 'tenants/acme', { id }));
    await Promise.all(all.map(stream => stream.hears(20)));
    await Promise.all(all.map(stream => stream.ready()));
    for (const stream of all) expect(stream.told()).toHaveLength(20);
    streams.close();
  });

  // B14 B15
  it('ends each at an age of its own, and spreads when they come back', async () => {
    await using world = startWorld();
    const client = await world.client();
    let now = 0;
    let random = 0;
    const streams = new EventStreams({
      ...{ client, definitions: () => definitions, clock: () => now, random: () => random, heartbeatMs: 10 },
    });
    const young = listen(streams, 'global');
    random = 1;
    const old = listen(streams, 'global');
    await Promise.all([young.ready(), old.ready()]);
    now = 600_000;
    await young.reading;
    expect([young.kinds().at(-1), streams.count, young.retry(), old.retry()]).toEqual(['end', 1, 1_000, 5_000]);
    now = 1_200_000;
    await old.reading;
    expect([old.kinds().at(-1), streams.count]).toEqual(['end', 0]);
  });

  it('has a place for whoever has fewer than another, and nobody can take all of them from others', async () => {
    await using world = startWorld();
    const streams = streamsOf(await world.client(), 6);
    const as = (id: string) =>
      listen(streams, 'global', { principal: { id, groups: [] }, grants: [{ ...everything, who: '*' }] });
    const refused = expect.objectContaining({ code: 'RATE_LIMITED' });
    const many = Array.from({ length: 6 }, () => as('many'));
    expect(() => as('many')).toThrow(refused);
    const few = [as('few'), as('few'), as('few')];
    await Promise.all(many.slice(0, 3).map(({ reading }) => reading));
    expect(many.map(({ isOver }) => isOver())).toEqual([true, true, true, false, false, false]);
    expect(many[0]?.events.at(-1)).toMatchObject({ event: 'end' });
    // Each has half of them: they do not take them from each other.
    for (const id of ['few', 'many']) expect(() => as(id)).toThrow(refused);
    const third = [as('third'), as('third')];
    expect(() => as('third')).toThrow(refused);
    const standing = () => [many, few, third].map(all => all.filter(({ isOver }) => !isOver()).length);
    await eventually(() => expect([streams.count, ...standing()]).toEqual([6, 2, 2, 2]));
    streams.close();
  });

  it('shares the places of one caller out among its tenants, so that none takes those of another', async () => {
    await using world = startWorld();
    const streams = streamsOf(await world.client(), 4);
    const of = (tenant: string) => listen(streams, `tenants/${tenant}`);
    const refused = expect.objectContaining({ code: 'RATE_LIMITED' });
    const [quiet, ...loud] = [of('quiet'), of('loud'), of('loud'), of('loud')];
    expect(() => of('loud')).toThrow(refused);
    const other = of('other');
    await loud[0]?.reading;
    expect([quiet, ...loud, other].map(each => each?.isOver())).toEqual([false, true, false, false, false]);
    expect(() => of('other')).toThrow(refused);
    streams.close();
  });

  it('refuses one more than it may have, and any once it is closed', async () => {
    await using world = startWorld();
    const streams = streamsOf(await world.client(), 1);
    const one = listen(streams, 'global');
    expect(() => listen(streams, 'global')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    await one.leave();
    await listen(streams, 'global').ready();
    streams.close();
    expect(() => listen(streams, 'global')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(streams.count).toBe(0);
  });
});
