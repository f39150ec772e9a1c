import type { LiveEvent, LiveMode } from './live-message.ts';

/** One open stream of one scope. */
export interface Stream {
  close(): void;
}

/** Opens the stream of a scope. `mode` says when it stands, and when it does not. */
export type OpenStream = (scope: string, told: { event(event: LiveEvent): void; mode(mode: LiveMode): void }) => Stream;

export interface StreamHubOptions {
  readonly open: OpenStream;
  readonly event: (scope: string, event: LiveEvent) => void;
  readonly mode: (scope: string, mode: LiveMode) => void;
  /** ms since whenever. */
  readonly now: () => number;
  /**
   * A browser gives a host six connections over HTTP/1.1, for everything. Scopes beyond this many are polled by the tabs that show them.
   * Default 3.
   */
  readonly mostStreams?: number;
  /** A tab that said nothing for so long is gone. Default 90,000. */
  readonly forgetAfterMs?: number;
}

/** The streams of all tabs of a browser: one for each scope that some tab shows. Only the tab that leads has one. */
export class StreamHub {
  readonly #options: StreamHubOptions;
  readonly #wanted = new Map<string, { readonly scopes: ReadonlySet<string>; readonly at: number }>();
  readonly #streams = new Map<string, { readonly stream: Stream; mode: LiveMode }>();

  constructor(options: StreamHubOptions) {
    this.#options = options;
  }

  /** A tab says, again and again, what it shows. */
  want(tab: string, scopes: readonly string[]): void {
    this.#wanted.set(tab, { scopes: new Set(scopes), at: this.#options.now() });
    this.#settle();
    // It may be new, and have missed what the others know.
    for (const scope of scopes) this.#options.mode(scope, this.#streams.get(scope)?.mode ?? 'polling');
  }

  gone(tab: string): void {
    if (this.#wanted.delete(tab)) this.#settle();
  }

  close(): void {
    this.#wanted.clear();
    this.#settle();
  }

  #settle(): void {
    const oldest = this.#options.now() - (this.#options.forgetAfterMs ?? 90_000);
    for (const [tab, { at }] of this.#wanted) if (at < oldest) this.#wanted.delete(tab);
    const wanted = new Set([...this.#wanted.values()].flatMap(({ scopes }) => [...scopes]));
    for (const [scope, { stream }] of this.#streams) {
      if (wanted.has(scope)) continue;
      this.#streams.delete(scope);
      stream.close();
    }
    for (const scope of wanted) {
      if (this.#streams.size >= (this.#options.mostStreams ?? 3)) break;
      if (!this.#streams.has(scope)) this.#open(scope);
    }
  }

  #open(scope: string): void {
    const entry: { stream: Stream; mode: LiveMode } = { stream: { close: () => {} }, mode: 'polling' };
    this.#streams.set(scope, entry);
    const isCurrent = (): boolean => this.#streams.get(scope) === entry;
    entry.stream = this.#options.open(scope, {
      event: event => {
        if (isCurrent()) this.#options.event(scope, event);
      },
      mode: mode => {
        if (!isCurrent() || entry.mode === mode) return;
        entry.mode = mode;
        this.#options.mode(scope, mode);
      },
    });
  }
}
