import { type Signal, signal } from '@preact/signals';
import type { RouteId } from '@tenantry/admin-api';
import type { Api } from '../api/api.ts';
import { CallFailed, isGone } from '../api/problem.ts';
import { type AnswerOf, type Asked, addressOfCall } from '../api/request.ts';

/** What is known of the answer to one question. The last answer stays while it is asked again. */
export interface Answer<Id extends RouteId> {
  readonly answer?: AnswerOf<Id> | undefined;
  readonly etag?: string | undefined;
  /** Why the last try failed. */
  readonly problem?: CallFailed | undefined;
}

export interface Entry<Id extends RouteId = RouteId> {
  readonly id: Id;
  readonly asked: Asked;
  readonly state: Signal<Answer<Id>>;
  holders: number;
  running: Promise<void> | undefined;
  /** Somebody asked while a call was under way, whose answer may be older than the question. */
  again: boolean;
}

const MOST_KEPT = 300;

/** Answers by their address, with their ETags: what was there before is shown at once, and asked for again behind it. */
export class Answers {
  readonly #api: Api;
  readonly #entries = new Map<string, Entry>();
  /** Lists that read their pages themselves. */
  readonly #lists = new Set<() => void>();

  constructor(api: Api) {
    this.#api = api;
  }

  entry<Id extends RouteId>(id: Id, asked: Asked): Entry<Id> {
    const address = addressOfCall(id, asked).join(' ');
    const known = this.#entries.get(address);
    // Moved to the end: the longest unused goes first.
    this.#entries.delete(address);
    const entry = known ?? { id, asked, state: signal({}), holders: 0, running: undefined, again: false };
    this.#entries.set(address, entry as Entry);
    this.#forget();
    return entry as unknown as Entry<Id>;
  }

  /** Asks, and keeps the answer fresh until the returned function is called. */
  hold(entry: Entry): () => void {
    entry.holders++;
    void this.load(entry);
    return () => {
      entry.holders--;
    };
  }

  holdList(refresh: () => void): () => void {
    this.#lists.add(refresh);
    return () => this.#lists.delete(refresh);
  }

  /** Asks again for everything that is shown. What did not change costs a 304. */
  refresh(): void {
    for (const entry of this.#entries.values()) if (entry.holders > 0) void this.load(entry);
    for (const refresh of this.#lists) refresh();
  }

  async load(entry: Entry): Promise<void> {
    if (entry.running !== undefined) {
      entry.again = true;
      return entry.running;
    }
    entry.running = this.#ask(entry);
    await entry.running;
    entry.running = undefined;
    if (!entry.again) return;
    entry.again = false;
    await this.load(entry);
  }

  async #ask({ id, asked, state }: Entry): Promise<void> {
    const before = state.peek();
    try {
      const read = await this.#api.read(id, asked, before.answer === undefined ? undefined : before.etag);
      if (read !== undefined) state.value = { answer: read.answer, etag: read.etag };
      else if (before.problem !== undefined) state.value = { answer: before.answer, etag: before.etag };
    } catch (error) {
      const problem = error instanceof CallFailed ? error : new CallFailed(0, 'UNKNOWN', String(error));
      state.value = isGone(problem) ? { problem } : { ...before, problem };
    }
  }

  #forget(): void {
    for (const [address, entry] of this.#entries) {
      if (this.#entries.size <= MOST_KEPT) return;
      if (entry.holders === 0) this.#entries.delete(address);
    }
  }
}
