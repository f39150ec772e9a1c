import type { HistoryEvent } from '../history/history-event.ts';
import { machineTime } from './settings.ts';

/** What a process says to the run. */
export type FromProcess =
  | { readonly kind: 'events'; readonly events: readonly HistoryEvent[] }
  | { readonly kind: 'ready' }
  | { readonly kind: 'resting' }
  | { readonly kind: 'memory'; readonly memory: unknown };

/** What the run says to a process. */
export type ToProcess =
  | { readonly kind: 'work' | 'rest' | 'tell-memory' }
  | { readonly kind: 'arm'; readonly failpoint: { readonly at: string; readonly nth: number } }
  /** Blocks the event loop for `ms` at a time, every `everyMs`; 0 ends it. */
  | { readonly kind: 'be-slow'; readonly ms: number; readonly everyMs: number };

type Untimed<E> = E extends HistoryEvent ? Omit<E, 'at' | 'by'> : never;

const FLUSH_MS = 20;

/** Sends what happens here to the run's history, some of it at a time. */
export class Teller {
  readonly #by: string;
  #events: HistoryEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(by: string) {
    this.#by = by;
    // The run may be killed without a chance to end us.
    process.once('disconnect', () => process.exit());
  }

  event(event: Untimed<HistoryEvent>): void {
    this.#events.push({ ...event, at: machineTime(), by: this.#by } as HistoryEvent);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Resolves when what was said is on its way, whatever becomes of this process. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#events;
    this.#events = [];
    return this.say({ kind: 'events', events });
  }

  say(message: FromProcess): Promise<void> {
    return new Promise(resolve => {
      if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
      else resolve();
    });
  }
}
