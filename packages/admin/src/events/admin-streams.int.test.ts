import { eventually } from '@tenantry/testing';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { expect, it } from 'vitest';
import { CANARY, lab, mode, seats, secret, useLab } from '../admin.fixture.ts';

useLab();

/** Connects as a browser does, over HTTP, and reads until it ends. */
async function connect(path: string, user: string, lastEventId?: string) {
  const { address, port } = await listening;
  const leave = new AbortController();
  const response = await fetch(`http://${address}:${port}/api/v1${path}`, {
    headers: { 'x-user': user, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
    signal: leave.signal,
  });
  const events: EventSourceMessage[] = [];
  let text = '';
  const parser = createParser({ onEvent: event => void events.push(event) });
  const reading = (async () => {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      parser.feed(Buffer.from(chunk).toString());
    }
  })().catch(() => undefined);
  return {
    ...{ response, events, reading, text: () => text, leave: () => leave.abort() },
    told: () => events.filter(({ event }) => event === 'change').map(({ data }) => JSON.parse(data)),
    hears: (event: string) => eventually(() => events.some(each => each.event === event)),
  };
}

let listening: ReturnType<typeof listen>;
const listen = async () => {
  const { port } = await lab.admin.listen(0);
  return { address: '127.0.0.1', port };
};

it('a stream tells each commit, whoever made it, and never a value', async () => {
  listening = listen();
  const stream = await connect('/tenants/acme/events', 'root');
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  await stream.hears('ready');
  const acme = lab.store.tenant('acme');
  await acme.set(seats, { seats: 5 });
  await lab.store.global().set(seats, { name: 'all' });
  await acme.set(secret, { key: CANARY });
  await acme.unset(seats);
  await eventually(() => stream.told().length >= 4);
  expect(stream.told()).toEqual(
    expect.arrayContaining([
      { scope: 'tenants/acme', config: 'seats', version: 1, kind: 'set' },
      { scope: 'tenants/acme', config: 'seats', version: 2, kind: 'unset' },
      { scope: 'tenants/acme', config: 'token', version: 1, kind: 'set' },
      { scope: 'global', config: 'seats', version: 1, kind: 'set' },
    ]),
  );
  expect(stream.text()).not.toContain(CANARY);
  stream.leave();
});

it('it goes on from its last id over another connection', async () => {
  const acme = lab.store.tenant('resumed');
  const first = await connect('/tenants/resumed/events', 'root');
  await first.hears('ready');
  await acme.set(mode, 'on');
  await first.hears('change');
  first.leave();
  const id = first.events.findLast(event => event.id !== undefined)?.id;
  await acme.set(mode, 'off');
  await acme.set(mode, 'on');
  const again = await connect('/tenants/resumed/events', 'root', id);
  await eventually(() => again.told().length >= 2);
  expect(again.told().map(({ version }) => version)).toEqual([2, 3]);
  again.leave();
});

// B11
it('it ends when the right to it is taken away, and asking again is refused as what is not there', async () => {
  const grant = await lab.grants.give({ who: 'user:eve', verbs: ['view'], scope: 'tenants/acme' });
  await eventually(async () => expect((await lab.as('eve').get('/me')).body.grants).toHaveLength(1));
  const stream = await connect('/tenants/acme/events', 'eve');
  await stream.hears('ready');
  await lab.grants.take(Number(grant.id));
  await stream.reading;
  expect(stream.events.at(-1)?.event).toBe('rights');
  expect((await lab.as('eve').get('/tenants/acme/events')).status).toBe(404);
});

it('it is counted while it is open', async () => {
  const streams = async () => (await lab.as('root').get('/operations')).body.streams;
  await eventually(async () => expect(await streams()).toBe(0));
  const stream = await connect('/global/events', 'root');
  await stream.hears('ready');
  expect(await streams()).toBe(1);
  stream.leave();
  await eventually(async () => expect(await streams()).toBe(0));
});
