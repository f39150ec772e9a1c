/** The states of a client. */
export type ClientState = 'connecting' | 'ready' | 'stale' | 'closed';

/** What brings a client from one state to another. */
export type ClientEvent = 'followed' | 'behind' | 'cutOff' | 'closed';

/** What one state means, and the state after each event. */
export interface StateRow {
  readonly meaning: string;
  /** Everything in use has a live feed behind it. Whether there is something to serve is another question. */
  readonly isFresh: boolean;
  readonly after: Readonly<Record<ClientEvent, ClientState>>;
}

/** What happens to a client, in the words of the diagram. */
export const CLIENT_EVENTS: Readonly<Record<ClientEvent, string>> = Object.freeze({
  followed: 'Redis answers, and every feed in use is live',
  behind: 'Redis answers, and a feed in use is not live',
  cutOff: 'there is no connection to Redis',
  closed: 'close() was called',
});

/**
 * Every state and every event: `StatusMachine` does what stands here, its test walks every cell, and `tools/states.ts` draws the diagram of
 * docs/guides/a-readers-life.md from it.
 */
export const CLIENT_STATES: Readonly<Record<ClientState, StateRow>> = Object.freeze({
  connecting: {
    meaning: 'Redis was not reached yet',
    isFresh: false,
    after: { followed: 'ready', behind: 'stale', cutOff: 'connecting', closed: 'closed' },
  },
  ready: {
    meaning: 'every tenant in use that Redis lets the user read is followed, so memory is current',
    isFresh: true,
    after: { followed: 'ready', behind: 'stale', cutOff: 'stale', closed: 'closed' },
  },
  stale: {
    meaning: 'memory may be behind; it is served all the same, and repairs itself',
    isFresh: false,
    after: { followed: 'ready', behind: 'stale', cutOff: 'stale', closed: 'closed' },
  },
  closed: {
    meaning: 'nothing is read any more; `peek` goes on answering from memory',
    isFresh: false,
    after: { followed: 'closed', behind: 'closed', cutOff: 'closed', closed: 'closed' },
  },
});

/** The state in which a client begins. */
export const FIRST_STATE: ClientState = 'connecting';
