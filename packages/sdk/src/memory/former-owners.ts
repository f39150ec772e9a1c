/** How many are remembered. */
const REMEMBERED = 1_000;

/**
 * The records that have left a slot, and in which version. A slot only knows who held it last, and a Redis that went back may have
 * whoever did before:
 *
 *   table: r1 has the key            r1 leaves, r2 comes     r2 leaves, r3 comes
 *   Redis:                 snapshot                                               goes back to it: r1 has the key
 *
 * Within one continuity of the feed slots may be of different moments, so only what is from before it says anything.
 */
export class LeftRecords {
  readonly #versions = new Map<string, number>();
  #before: ReadonlyMap<string, number> = new Map();

  add(owner: string, version: number): void {
    const highest = Math.max(version, this.#versions.get(owner) ?? 0);
    this.#versions.delete(owner);
    this.#versions.set(owner, highest);
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > REMEMBERED && oldest !== undefined) this.#versions.delete(oldest);
  }

  endContinuity(): void {
    this.#before = new Map(this.#versions);
  }

  /** In an earlier continuity the record left some slot in a newer version than this. */
  hadNewer(owner: string, version: number): boolean {
    return version < (this.#before.get(owner) ?? 0);
  }
}
