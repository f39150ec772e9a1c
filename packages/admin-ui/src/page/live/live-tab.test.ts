import { describe, expect, it } from 'vitest';
import { type LiveEvent, type LiveMode, readChange, type TabMessage } from './live-message.ts';
import { LiveTab, type Tabs } from './live-tab.ts';
import { StreamHub } from './stream-hub.ts';

const CHANGE: LiveEvent = {
  type: 'change',
  change: { scope: 'tenants/acme', config: 'x', version: 13, kind: 'set' },
};

/** A browser whose tabs share a lock and a channel. */
class Browser {
  now = 0;
  readonly streams = new Map<string, { event(event: LiveEvent): void; mode(mode: LiveMode): void }[]>();
  readonly #waiting: (() => void)[] = [];
  readonly #tabs = new Map<string, (message: TabMessage) => void>();

  open(tab: string, isAlone = false) {
    const heard: string[] = [];
    const tabs: Tabs = {
      elect: lead => {
        this.#waiting.push(lead);
        if (this.#waiting.length === 1) lead();
      },
      send: message => {
        for (const [other, hear] of this.#tabs) if (other !== tab) hear(message);
      },
      receive: hear => this.#tabs.set(tab, hear),
    };
    const live = new LiveTab({
      tab,
      tabs: isAlone ? undefined : tabs,
      now: () => this.now,
      open: (scope, told) => {
        this.streams.set(scope, [...(this.streams.get(scope) ?? []), told]);
        return {
          close: () =>
            this.streams.set(
              scope,
              (this.streams.get(scope) ?? []).filter(each => each !== told),
            ),
        };
      },
      event: (scope, event) => heard.push(`${scope} ${event.type}`),
      mode: (scope, mode) => heard.push(`${scope} ${mode}`),
    });
    return { live, heard };
  }

  /** The leader's tab is gone, without a word. */
  crash(tab: string): void {
    this.#tabs.delete(tab);
    this.streams.clear();
    this.#waiting.shift();
    this.#waiting[0]?.();
  }

  get open$(): number {
    return [...this.streams.values()].flat().length;
  }
}

// B13
describe('ten tabs of one browser', () => {
  it('follow one scope over one stream, and all hear of each change', () => {
    const browser = new Browser();
    const tabs = Array.from({ length: 10 }, (_, i) => browser.open(`tab ${i}`));
    for (const { live } of tabs) live.follow(['tenants/acme']);
    expect(browser.open$).toBe(1);
    const [stream] = browser.streams.get('tenants/acme') ?? [];
    stream?.mode('live');
    stream?.event(CHANGE);
    for (const { heard } of tabs) expect(heard.slice(-2)).toEqual(['tenants/acme live', 'tenants/acme change']);
  });

  it('leave connections for everything else: scopes beyond three are polled', () => {
    const browser = new Browser();
    const tabs = Array.from({ length: 10 }, (_, i) => browser.open(`tab ${i}`));
    tabs.forEach(({ live }, i) => {
      live.follow([`tenants/t${i}`]);
    });
    expect(browser.open$).toBe(3);
    expect(tabs[9]?.heard).toEqual(['tenants/t9 polling']);
  });

  it('go on with another leader when the first is gone, and read what was missed between the two', () => {
    const browser = new Browser();
    const [first, second, third] = ['a', 'b', 'c'].map(tab => browser.open(tab));
    for (const each of [first, second, third]) each?.live.follow(['tenants/acme']);
    browser.crash('a');
    expect(browser.open$).toBe(1);
    expect(third?.heard).toContain('tenants/acme resync');
    browser.streams.get('tenants/acme')?.[0]?.event(CHANGE);
    expect([second, third].map(each => each?.heard.at(-1))).toEqual(['tenants/acme change', 'tenants/acme change']);
  });

  it('have streams of their own where the browser has no locks', () => {
    const browser = new Browser();
    for (const tab of ['a', 'b']) browser.open(tab, true).live.follow(['global']);
    expect(browser.open$).toBe(2);
  });

  it('hear nothing of scopes that they do not show', () => {
    const browser = new Browser();
    const [first, second] = ['a', 'b'].map(tab => browser.open(tab));
    first?.live.follow(['global']);
    second?.live.follow(['tenants/acme']);
    browser.streams.get('tenants/acme')?.[0]?.event(CHANGE);
    expect(first?.heard).toEqual(['global polling']);
  });
});

describe('the streams of a leader', () => {
  const hubOf = () => {
    const state = { now: 0, open: [] as string[] };
    const hub = new StreamHub({
      open: scope => {
        state.open.push(scope);
        return { close: () => state.open.splice(state.open.indexOf(scope), 1) };
      },
      event: () => {},
      mode: () => {},
      now: () => state.now,
    });
    return { state, hub };
  };

  it('end when no tab shows their scope any more', () => {
    const { state, hub } = hubOf();
    hub.want('a', ['global']);
    hub.want('b', ['global', 'tenants/x']);
    hub.gone('b');
    expect(state.open).toEqual(['global']);
    hub.want('a', []);
    expect(state.open).toEqual([]);
  });

  it('end for a tab that says nothing any more, and make room', () => {
    const { state, hub } = hubOf();
    hub.want('a', ['1', '2', '3']);
    hub.want('b', ['4']);
    expect(state.open).toEqual(['1', '2', '3']);
    state.now = 90_001;
    hub.want('b', ['4']);
    expect(state.open).toEqual(['4']);
  });
});

it('a change that this page does not understand is none', () => {
  expect(readChange('{"scope":"global","config":"x","version":3,"kind":"unset"}')).toMatchObject({
    ...{ type: 'change', change: { kind: 'unset' } },
  });
  // What was inherited may be another value, and nobody says which.
  for (const data of ['{"scope":"tenants/a","config":"x","kind":"inherited"}', '{"scope":"global","kind":"groups"}'])
    expect(readChange(data)).toEqual({ type: 'resync' });
  expect(readChange('{"scope":"tenants/a","record":"plans:1","version":1,"kind":"record"}')).toBeUndefined();
  for (const data of ['', '{', 'null', '{"scope":1,"config":"x","version":3}'])
    expect(readChange(data)).toBeUndefined();
});
