import { rightsOf } from '@tenantry/admin-api';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../../../sdk/src/faulty-world.fixture.ts';
import { menu, plan, range, writer } from '../../../sdk/src/layered.fixture.ts';
import { planPut, startWorld } from '../../../sdk/src/world.fixture.ts';
import { EventStreams } from './event-streams.ts';
import { ann, definitions, everything, grant, listen, streamsOf } from './streams.fixture.ts';

describe('a stream of a scope', () => {
  it('ends by itself after a while, unless it was to last', async () => {
    await using world = startWorld();
    let now = Date.now();
    const client = await world.client();
    const streams = new EventStreams({ client, definitions: () => definitions, clock: () => now, random: () => 1 });
    const ended = { page: false, lasting: false };
    const request = { scope: 'tenants/acme', principal: ann, lastEventId: undefined } as const;
    for (const name of ['page', 'lasting'] as const) {
      const { body } = streams.open({ ...request, rights: rightsOf(ann, [everything]), mayLast: name === 'lasting' });
      void (body as ReadableStream).pipeTo(new WritableStream()).then(() => {
        ended[name] = true;
      });
    }
    now += 3_600_000;
    await eventually(() => ended.page);
    expect(ended).toEqual({ page: true, lasting: false });
    expect(streams.count).toBe(1);
    streams.close();
    await eventually(() => ended.lasting);
  });

  it('ends with the sign-in of its caller, also where it was to last', async () => {
    await using world = startWorld();
    let now = Date.now();
    const client = await world.client();
    const parts = { client, definitions: () => definitions, clock: () => now, random: () => 1, heartbeatMs: 20 };
    const streams = new EventStreams(parts);
    const principal = { ...ann, until: now + 60_000 };
    const rights = rightsOf(ann, [everything]);
    const request = { scope: 'tenants/acme', rights, lastEventId: undefined } as const;
    const bodies = [true, false].map(mayLast => streams.open({ ...request, principal, mayLast }).body);
    const longer = streams.open({ ...request, principal: ann }).body as ReadableStream;
    const ended = Promise.all(bodies.map(body => new Response(body).text()));
    now += 59_000;
    // It looks at all of them, and then nobody's time is over.
    const reader = longer.getReader();
    for (let text = ''; !text.includes('\n: \n\n'); ) text += Buffer.from((await reader.read()).value).toString();
    expect(streams.count).toBe(3);
    now += 2_000;
    for (const text of await ended) expect(text).toContain('event: end');
    expect(streams.count).toBe(1);
    await reader.cancel();
    streams.close();
  });

  it('tells what is set and unset there and in the scopes above, each change once', async () => {
    await using world = startWorld();
    const write = writer(world);
    await write.groups('@eu');
    await write.groups('acme', 'eu');
    const streams = streamsOf(await world.client());
    const acme = listen(streams, 'tenants/acme');
    await acme.ready();
    await write.set('acme', plan, { seats: 2 });
    await write.set('@eu', range, { min: 1 });
    await write.set('*', plan, { seats: 9 });
    await write.unset('acme', plan);
    await write.set('other', plan, { seats: 5 });
    await acme.hears(4);
    const sorted = acme.told().toSorted((one, other) => (one.scope < other.scope ? -1 : 1));
    expect(sorted).toEqual([
      { scope: 'global', config: 'plan', version: 1, kind: 'set' },
      { scope: 'groups/eu', config: 'range', version: 1, kind: 'set' },
      { scope: 'tenants/acme', config: 'plan', version: 1, kind: 'set' },
      { scope: 'tenants/acme', config: 'plan', version: 2, kind: 'unset' },
    ]);
    streams.close();
    await acme.reading;
    expect(acme.kinds().at(-1)).toBe('end');
  });

  // B12
  it('goes on from an id with exactly what was missed in each scope, in order, once', async () => {
    await using world = startWorld();
    const write = writer(world);
    const client = await world.client();
    const streams = streamsOf(client);
    const first = listen(streams, 'tenants/acme');
    await first.ready();
    await write.set('acme', plan, { seats: 1 });
    await first.hears(1);
    await first.leave();
    await eventually(() => streams.count === 0);
    for (const seats of [2, 3, 4]) await write.set('acme', plan, { seats });
    for (const seats of [5, 6]) await write.set('*', plan, { seats });
    const again = listen(streams, 'tenants/acme', { id: first.lastId() });
    await again.ready();
    await write.set('acme', plan, { seats: 7 });
    await again.hears(6);
    const versions = (scope: string) =>
      again.told().flatMap(told => (told.scope === scope ? [told.version as number] : []));
    expect(versions('tenants/acme')).toEqual([2, 3, 4, 5]);
    expect(versions('global')).toEqual([1, 2]);
    expect(again.kinds()).not.toContain('resync');
    // From its last id nothing is missing.
    const last = listen(streams, 'tenants/acme', { id: again.lastId() });
    await last.ready();
    expect(last.told()).toEqual([]);
    streams.close();
  });

  // B12
  it('tells a transaction again as a whole where it was cut off in the middle of it', async () => {
    await using world = startWorld();
    const streams = streamsOf(await world.client());
    const first = listen(streams, 'tenants/acme');
    await first.ready();
    await world.apply('acme', ...[1, 2, 3].map(id => planPut({ id, version: 1 })));
    await first.hears(3);
    const heard = first.events.slice(0, first.events.findIndex(({ event }) => event === 'change') + 1);
    const id = heard.findLast(event => event.id !== undefined)?.id;
    const again = listen(streams, 'tenants/acme', { id });
    await again.ready();
    expect(again.told().map(({ record }) => record)).toEqual(['plans:1', 'plans:2', 'plans:3']);
    // All of it was heard: nothing is left.
    const last = listen(streams, 'tenants/acme', { id: first.lastId() });
    await last.ready();
    expect(last.told()).toEqual([]);
    streams.close();
  });

  // B12
  it('says resync once for an id that it does not know, of a feed that was trimmed, or of another life of it', async () => {
    await using world = startWorld(undefined, 2);
    const write = writer(world);
    const streams = streamsOf(await world.client());
    const first = listen(streams, 'tenants/acme');
    await first.ready();
    const start = first.lastId() ?? '';
    const [, , ...rest] = Buffer.from(start, 'base64url').toString();
    const foreign = Buffer.from(
      JSON.stringify([
        ['tenants/acme', 'another life', 1, ''],
        ['global', '', 0, ''],
      ]),
    ).toString('base64url');
    const ahead = Buffer.from(
      JSON.stringify(
        (JSON.parse(Buffer.from(start, 'base64url').toString()) as [string, string, number, string][]).map(
          ([scope, epoch, seq]) => [scope, epoch, seq + 1_000_000, ''],
        ),
      ),
    ).toString('base64url');
    // Far more than a feed of two messages keeps: trimming is not exact.
    for (let seats = 0; seats < 400; seats++) await write.set('acme', plan, { seats });
    await first.hears(400);
    for (const id of ['x', '', '🙂', '42', rest.join(''), start, foreign, ahead]) {
      const stream = listen(streams, 'tenants/acme', { id });
      await stream.ready();
      expect([id, stream.kinds().filter(kind => kind === 'resync')]).toEqual([id, ['resync']]);
      expect(stream.told()).toEqual([]);
      await stream.leave();
    }
    streams.close();
  });

  it('goes on with the groups that a tenant has now, and says that values may be others', async () => {
    await using world = startWorld();
    const write = writer(world);
    await write.groups('@eu');
    await write.groups('@us');
    await write.groups('acme', 'eu');
    const streams = streamsOf(await world.client());
    const acme = listen(streams, 'tenants/acme');
    await acme.ready();
    await write.groups('acme', 'us');
    await eventually(() => acme.kinds().includes('resync'));
    await eventually(() => acme.kinds().filter(kind => kind === 'ready').length === 2);
    await write.set('@eu', plan, { seats: 1 });
    await write.set('@us', plan, { seats: 2 });
    await eventually(() => acme.told().some(({ scope }) => scope === 'groups/us'));
    expect(acme.told().some(({ scope }) => scope === 'groups/eu')).toBe(false);
    streams.close();
  });

  it('tells nobody of what they may not list, and of an inherited change only that there was one', async () => {
    await using world = startWorld();
    const write = writer(world);
    const streams = streamsOf(await world.client());
    const acme = listen(streams, 'tenants/acme', { grants: [grant('tenants/acme', 'pl*')] });
    await acme.ready();
    await write.set('acme', range, { min: 1, max: 2 });
    await write.set('acme', menu, { items: [] });
    await write.set('*', range, { min: 1 });
    await write.set('*', plan, { seats: 3 });
    await write.set('acme', plan, { seats: 4 });
    await acme.hears(2);
    expect(acme.told()).toHaveLength(2);
    expect(acme.told()).toContainEqual({ scope: 'tenants/acme', config: 'plan', kind: 'inherited' });
    expect(acme.told()).toContainEqual({ scope: 'tenants/acme', config: 'plan', version: 1, kind: 'set' });
    streams.close();
  });

  // B11
  it('ends when the right to it is taken away, and says so when other rights change', async () => {
    await using world = startWorld();
    const streams = streamsOf(await world.client());
    const own = grant('tenants/acme');
    const kept = listen(streams, 'tenants/acme', { grants: [own, grant('tenants/other')] });
    const lost = listen(streams, 'tenants/other', { grants: [own, grant('tenants/other')] });
    await Promise.all([kept.ready(), lost.ready()]);
    streams.rightsChanged(() => rightsOf(ann, [own]));
    await lost.reading;
    expect(lost.kinds().at(-1)).toBe('rights');
    await eventually(() => kept.kinds().includes('rights'));
    expect([kept.isOver(), streams.count]).toEqual([false, 1]);
    streams.close();
  });

  it('stays open while Redis is away, and tells afterwards what was missed', async () => {
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    const write = writer(world);
    // A feed that begins while it cannot be heard may have begun before.
    for (const name of ['acme', '*']) await write.set(name, plan, { seats: 0 });
    const streams = streamsOf(await faulty.client());
    const acme = listen(streams, 'tenants/acme');
    await acme.ready();
    proxy.set('refuse');
    proxy.cut();
    await write.set('acme', plan, { seats: 1 });
    await write.set('*', plan, { seats: 2 });
    await heal(proxy);
    await acme.hears(2);
    expect(acme.told().map(({ version }) => version)).toEqual([2, 2]);
    expect(acme.kinds()).not.toContain('resync');
    streams.close();
  });
});
