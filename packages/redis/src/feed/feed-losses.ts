import type { FeedHead } from '../replica/feed-head.ts';

/** How many fills and lives of a feed are remembered: a Redis goes back to one of the last. */
const REMEMBERED = 16;

const FILLING = 'Redis lost its data and is being filled';
const REPAIRING = 'Redis lost its last moments and is being repaired';

/** The same as plain data. */
export interface SavedLosses {
  readonly lost: 'everything' | number | null;
  readonly filled: number;
  readonly fillStates: readonly string[];
  readonly former: readonly string[];
}

/**
 * What a reader knows of what Redis lost of one tenant, and whether it was brought back since. ADR 17. Kept in arrays: it outlives its feed
 * (`FeedMarks`), and a set of one takes three times the room.
 */
export class FeedLosses {
  /** Everything, or what came after it was last filled, as of this id. */
  #lost: 'everything' | number | undefined;
  /** As of which id it was last filled. */
  #filled: number;
  /** What Redis said of itself while nothing was lost, each time that it was filled or repaired. */
  #fillStates: readonly string[];
  /** The lives of the feed that are over. */
  #former: readonly string[];

  /** What another process knew, or nothing. */
  constructor({ lost, filled, fillStates, former }: SavedLosses = NOTHING) {
    this.#lost = lost ?? undefined;
    this.#filled = filled;
    this.#fillStates = fillStates;
    this.#former = former;
  }

  get saved(): SavedLosses {
    return { lost: this.#lost ?? null, filled: this.#filled, fillStates: this.#fillStates, former: this.#former };
  }

  /** Why the feed is not live; undefined: nothing is lost that was not brought back. */
  get why(): string | undefined {
    if (this.#lost === undefined) return undefined;
    return this.#lost === 'everything' ? FILLING : REPAIRING;
  }

  /**
   * Nothing of the tenant was seen yet. `fillState` is that of Redis, where it is known; `lost`: those that it had before it lost everything, as
   * this process knows from others. What is missing of this tenant is then only unknown, until it is filled.
   */
  begin(fillState: string | undefined, lost: readonly string[] | undefined): void {
    this.sawFillState(fillState);
    if (!lost) return;
    this.#lost = 'everything';
    this.#fillStates = lost;
  }

  /** Redis is as it was, or all of it is there again. */
  saw(head: FeedHead | undefined): void {
    const filled = head?.filled ?? 0;
    if (head) this.#filled = this.#lost === 'everything' ? filled : Math.max(this.#filled, filled);
  }

  /** The fill state of a Redis that has lost nothing. */
  sawFillState(state: string | undefined): void {
    if (state !== undefined) this.#fillStates = withLast(this.#fillStates, state);
  }

  /** Redis knows another life of the feed, or none. */
  everything(formerEpoch: string): void {
    this.#lost = 'everything';
    this.#former = withLast(this.#former, formerEpoch);
  }

  /** Redis has the same life of the feed, and not all of it. */
  lastMoments(): void {
    this.#lost ??= this.#filled;
  }

  /** It was filled earlier than was seen. */
  isOlder(head: FeedHead): boolean {
    return head.filled < this.#filled;
  }

  broughtBack(): void {
    this.#lost = undefined;
  }

  async isBroughtBack(head: FeedHead | undefined, fillState: () => Promise<string | undefined>): Promise<boolean> {
    const filled = head?.filled ?? 0;
    if (this.#lost === undefined) return true;
    if (this.#lost !== 'everything') return filled > this.#lost;
    // Of a life that was over, what Redis said then says nothing.
    if (head && filled > (this.#former.includes(head.epoch) ? this.#filled : 0)) return true;
    // A tenant that has nothing, or that began after everything was filled, was not told that it is. What was said before may be from a node of
    // a Cluster that has lost nothing, or from the snapshot.
    const state = await fillState();
    return state !== undefined && !this.#fillStates.includes(state);
  }
}

/** A new array, because one that has grown keeps room for 16 more. */
export function withLast(of: readonly string[], one: string): readonly string[] {
  if (of.at(-1) === one) return of;
  return [...of.filter(each => each !== one), one].slice(-REMEMBERED);
}

const NONE: readonly string[] = Object.freeze([]);

const NOTHING: SavedLosses = Object.freeze({ lost: null, filled: 0, fillStates: NONE, former: NONE });
