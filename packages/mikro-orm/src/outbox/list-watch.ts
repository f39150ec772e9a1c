import { AsyncLocalStorage } from 'node:async_hooks';
import type { MikroORM } from '@mikro-orm/core';
import { isConnected } from '../database/connection-state.ts';
import { internalFork } from '../database/internal-fork.ts';
import { findLists, MOST_LISTS } from './waiting-lists.ts';

/** What watching works with. */
export interface ListWatchParts {
  readonly orm: MikroORM;
  /** Of which there may be lists. */
  definitions(): readonly string[];
  /** Between a list and a look, in ms. Default 1,000. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
/** Others are written until the next look, and a flush still has the time to read all of them. */
const CROWD = MOST_LISTS / 2;

/**
 * Knows whether so many lists wait that another one would cost those who have to read it more than it saves its writer. Each step of a
 * relay reads all lists that wait: what it does for a thousand small ones takes as long as the step itself. One short query in a second at
 * most, and none where nothing writes lists.
 */
export class ListWatch {
  readonly #parts: ListWatchParts;
  #timer: NodeJS.Timeout | undefined;
  #isCrowded = false;
  /** Not in the context of whichever request came first. */
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(parts: ListWatchParts) {
    this.#parts = parts;
  }

  /** At the last look there were half as many lists as a flush reads, or more. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  get isLooking(): boolean {
    return this.#timer !== undefined;
  }

  /** A list may be written. Costs nothing: it only sees to it that there is a look later. */
  expectList(): void {
    if (this.#timer) return;
    this.#timer = this.#outside(() => setTimeout(() => this.#look(), this.#parts.everyMs ?? EVERY_MS));
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { orm, definitions } = this.#parts;
    // One that cannot be asked is not told of anything.
    const look = async () => (await findLists(internalFork(orm), definitions(), CROWD)).length === CROWD;
    this.#isCrowded = isConnected(orm) && (await look().catch(() => this.#isCrowded));
    this.#timer = undefined;
    if (this.#isCrowded) this.expectList();
  }
}
