import type { LiveEvent, LiveMode, TabMessage } from './live-message.ts';
import { type OpenStream, StreamHub } from './stream-hub.ts';

/** How tabs find each other: Web Locks and BroadcastChannel, or neither. */
export interface Tabs {
  /** Calls `lead` once this tab is the one that leads, perhaps never. */
  elect(lead: () => void): void;
  send(message: TabMessage): void;
  receive(hear: (message: TabMessage) => void): void;
}

export interface LiveTabOptions {
  readonly tab: string;
  readonly open: OpenStream;
  /** Undefined: this browser has no locks or no channel, and each tab has streams of its own. */
  readonly tabs: Tabs | undefined;
  readonly event: (scope: string, event: LiveEvent) => void;
  readonly mode: (scope: string, mode: LiveMode) => void;
  readonly now: () => number;
}

/** Follows scopes for one tab: through the leader's streams, or through its own where it leads or is alone. */
export class LiveTab {
  readonly #options: LiveTabOptions;
  #scopes: readonly string[] = [];
  #hub: StreamHub | undefined;

  constructor(options: LiveTabOptions) {
    this.#options = options;
    if (options.tabs === undefined) {
      this.#hub = this.#newHub(undefined);
      return;
    }
    options.tabs.receive(message => this.#hear(message));
    options.tabs.elect(() => this.#lead(options.tabs as Tabs));
  }

  /** What this tab shows now. */
  follow(scopes: readonly string[]): void {
    this.#scopes = scopes;
    this.remind();
  }

  /** The leader forgets tabs that it does not hear of: call it every 30 s or so. */
  remind(): void {
    const { tab, tabs } = this.#options;
    if (this.#hub !== undefined) this.#hub.want(tab, this.#scopes);
    else tabs?.send({ type: 'want', tab, scopes: this.#scopes });
  }

  close(): void {
    this.#options.tabs?.send({ type: 'gone', tab: this.#options.tab });
    this.#hub?.close();
  }

  #lead(tabs: Tabs): void {
    this.#hub = this.#newHub(tabs);
    this.remind();
    // The leader before is gone, and with it what it was told.
    tabs.send({ type: 'leader' });
  }

  #newHub(tabs: Tabs | undefined): StreamHub {
    const { open, now } = this.#options;
    return new StreamHub({
      open,
      now,
      event: (scope, event) => {
        tabs?.send({ type: 'event', scope, event });
        this.#take({ type: 'event', scope, event });
      },
      mode: (scope, mode) => {
        tabs?.send({ type: 'mode', scope, mode });
        this.#take({ type: 'mode', scope, mode });
      },
    });
  }

  #hear(message: TabMessage): void {
    if (message.type === 'want') this.#hub?.want(message.tab, message.scopes);
    else if (message.type === 'gone') this.#hub?.gone(message.tab);
    else if (message.type === 'leader') this.#missed();
    else this.#take(message);
  }

  /** Another tab leads now: between the two leaders nobody listened. */
  #missed(): void {
    this.remind();
    for (const scope of this.#scopes) this.#options.event(scope, { type: 'resync' });
  }

  #take(message: Extract<TabMessage, { type: 'event' | 'mode' }>): void {
    if (!this.#scopes.includes(message.scope)) return;
    if (message.type === 'event') this.#options.event(message.scope, message.event);
    else this.#options.mode(message.scope, message.mode);
  }
}
