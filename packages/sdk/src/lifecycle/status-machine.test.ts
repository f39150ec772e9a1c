import { describe, expect, it } from 'vitest';
import { CLIENT_EVENTS, CLIENT_STATES, type ClientEvent, type ClientState, FIRST_STATE } from './client-states.ts';
import { type ClientStatus, StatusMachine } from './status-machine.ts';

const states = Object.keys(CLIENT_STATES) as ClientState[];
const events = Object.keys(CLIENT_EVENTS) as ClientEvent[];
const cells = states.flatMap(state => events.map(event => [state, event, CLIENT_STATES[state].after[event]] as const));

/** The shortest way of events from the first state to this one. */
function wayTo(wanted: ClientState): ClientEvent[] {
  const ways = new Map<ClientState, ClientEvent[]>([[FIRST_STATE, []]]);
  for (const [state, way] of ways)
    for (const event of events) {
      const next = CLIENT_STATES[state].after[event];
      if (!ways.has(next)) ways.set(next, [...way, event]);
    }
  const way = ways.get(wanted);
  if (!way) throw new Error(`no events lead to ${wanted}`);
  return way;
}

function machineIn(state: ClientState) {
  let now = 1_000;
  const machine = new StatusMachine(() => now, 'at first');
  for (const event of wayTo(state)) machine.happened(event, `brought to ${state}`);
  expect(machine.status.state).toBe(state);
  now = 2_000;
  const told: (ClientStatus | 'complete')[] = [];
  machine.status$.subscribe({ next: status => told.push(status), complete: () => told.push('complete') });
  return { machine, told, before: machine.status };
}

describe('the states of a client', () => {
  it.each(cells)('%s, after %s, is %s, tells it once, and knows since when', (state, event, next) => {
    const { machine, told, before } = machineIn(state);
    machine.happened(event, 'news');
    machine.happened(event, 'news');
    expect(machine.status.state).toBe(next);
    if (next !== state) expect(machine.status).toEqual({ state: next, since: 2_000, why: 'news' });
    else expect(machine.status.since).toBe(before.since);
    const values = told.filter(each => each !== 'complete');
    expect(values.filter(({ since }) => since === 2_000)).toHaveLength(next === state ? 0 : 1);
    expect(told.at(-1) === 'complete').toBe(next === 'closed');
  });

  it('a new reason is told in the same state, with the time at which the state began', () => {
    const { machine, told } = machineIn('stale');
    machine.happened('behind', 'a gap');
    machine.happened('cutOff', 'no connection');
    machine.happened('cutOff', 'no connection');
    expect(told.slice(1)).toEqual([
      { state: 'stale', since: 1_000, why: 'a gap' },
      { state: 'stale', since: 1_000, why: 'no connection' },
    ]);
  });

  it('every state can be reached, only `ready` is fresh, and only `closed` is the end', () => {
    for (const state of states) expect(() => wayTo(state)).not.toThrow();
    expect(states.filter(state => CLIENT_STATES[state].isFresh)).toEqual(['ready']);
    const ends = states.filter(state => events.every(event => CLIENT_STATES[state].after[event] === state));
    expect(ends).toEqual(['closed']);
  });
});
