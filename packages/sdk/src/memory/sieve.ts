/** An entry that can be evicted. The sieve owns the links; a read sets `visited`. */
export interface Evictable {
  visited: boolean;
  newer: Evictable | undefined;
  older: Evictable | undefined;
  /** Called when the sieve needs its room. */
  evict(): void;
}

/**
 * Bounds how many entries all tenants together keep in memory, with SIEVE: a hand goes from the oldest to the newest,
 * spares the entries that were visited since it last came by, and evicts the first other one. A hit costs one bit, where an LRU
 * moves a link on every read.
 *
 * No LRU library: each brings a map of its own, so one bound over all tenants would need either a key made of tenant and
 * address on every read, or a share of the bound for each tenant.
 */
export class Sieve {
  readonly capacity: number;
  evicted = 0;
  #count = 0;
  #newest: Evictable | undefined;
  #oldest: Evictable | undefined;
  #hand: Evictable | undefined;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** How many entries there are, those that cannot be evicted included. */
  get count(): number {
    return this.#count;
  }

  /** Counts one more, which cannot be evicted before it is offered. */
  enter(): void {
    this.#count++;
    this.#makeRoom();
  }

  /** Counts one less, offered or not. */
  leave(entry: Evictable): void {
    this.#count--;
    this.withdraw(entry);
  }

  /** From here on it may be evicted. */
  offer(entry: Evictable): void {
    entry.older = this.#newest;
    if (this.#newest) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
    this.#makeRoom();
  }

  /** From here on it may not. Does nothing where it was not offered. */
  withdraw(entry: Evictable): void {
    if (!entry.newer && !entry.older && this.#oldest !== entry) return;
    if (this.#hand === entry) this.#hand = entry.newer;
    if (this.#newest === entry) this.#newest = entry.older;
    if (this.#oldest === entry) this.#oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    if (entry.older) entry.older.newer = entry.newer;
    entry.newer = undefined;
    entry.older = undefined;
  }

  /** Pinned entries stay, even above the capacity. */
  #makeRoom(): void {
    while (this.#count > this.capacity && this.#oldest) {
      const entry: Evictable = this.#hand ?? this.#oldest;
      this.#hand = entry.newer;
      if (entry.visited) entry.visited = false;
      else {
        this.evicted++;
        entry.evict();
      }
    }
  }
}
