import type { FeedMessage } from '@tenantry/protocol/wire';

/** Hears what a tenant's feed brings, after memory. Must not throw. */
export interface ChangeTap {
  /** The next message. */
  heard(message: FeedMessage): void;
  /** Messages were missed: the next one does not follow the last one. */
  missed(): void;
  /** The feed is live: every message is heard from here on, or `missed` is called. */
  live(): void;
}

/** Those who hear the messages of one tenant's feed. */
export class ChangeTaps {
  readonly #taps = new Set<ChangeTap>();

  get areOpen(): boolean {
    return this.#taps.size > 0;
  }

  add(tap: ChangeTap): void {
    this.#taps.add(tap);
  }

  delete(tap: ChangeTap): void {
    this.#taps.delete(tap);
  }

  heard(message: FeedMessage): void {
    for (const tap of [...this.#taps]) tap.heard(message);
  }

  missed(): void {
    for (const tap of [...this.#taps]) tap.missed();
  }

  live(): void {
    for (const tap of [...this.#taps]) tap.live();
  }
}
