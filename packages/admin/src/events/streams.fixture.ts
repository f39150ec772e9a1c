import { type Grant, type Principal, rightsOf } from '@tenantry/admin-api';
import type { AnyConfig } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { menu, plan, range, token } from '../../../sdk/src/layered.fixture.ts';
import { EventStreams } from './event-streams.ts';

export const ann: Principal = { id: 'ann', groups: [] };

export const definitions: ReadonlyMap<string, AnyConfig> = new Map(
  [plan, range, menu, token].map(config => [config.name, config as AnyConfig]),
);

let grants = 0;

/** A grant of ann's. */
export function grant(scope: Grant['scope'], config = '*'): Grant {
  return { id: String(++grants), who: 'user:ann', verbs: ['view'], scope, config, createdAt: 0, createdBy: 'test' };
}

export const everything = grant('*');

export function streamsOf(client: Client, mostStreams?: number): EventStreams {
  const options = mostStreams === undefined ? undefined : { mostStreams };
  return new EventStreams({ client, definitions: () => definitions, clock: Date.now, random: Math.random, ...options });
}

interface Listening {
  readonly id?: string | undefined;
  readonly grants?: readonly Grant[];
  /** Default: ann. */
  readonly principal?: Principal;
}

/** Opens a stream of ann's and reads all that it says. */
export function listen(
  streams: EventStreams,
  scope: Parameters<EventStreams['open']>[0]['scope'],
  { id, grants = [everything], principal = ann }: Listening = {},
) {
  const response = streams.open({ scope, principal, rights: rightsOf(principal, grants), lastEventId: id });
  const events: EventSourceMessage[] = [];
  let retry: number | undefined;
  const parser = createParser({
    onEvent: event => void events.push(event),
    onRetry: ms => {
      retry = ms;
    },
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let isOver = false;
  const reading = (async () => {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.feed(decoder.decode(value, { stream: true }));
    }
    isOver = true;
  })();
  const told = () => events.filter(({ event }) => event === 'change').map(({ data }) => JSON.parse(data));
  return {
    response,
    events,
    told,
    reading,
    isOver: () => isOver,
    retry: () => retry,
    kinds: () => events.map(({ event }) => event),
    lastId: () => events.findLast(({ id }) => id !== undefined)?.id,
    ready: () => eventually(() => events.some(({ event }) => event === 'ready')),
    hears: (count: number) => eventually(() => told().length >= count),
    leave: () => reader.cancel(),
  };
}
