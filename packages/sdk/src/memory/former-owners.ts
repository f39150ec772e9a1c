/** The bound of the index: it forgets the records that left longest ago. */
const REMEMBERED = 1_000;

/**
 * The records that have left a slot, and the highest version in which each left. A slot itself remembers only its last owner, and a Redis
 * that went back to an older state may have the owner before that one:
 *
 *   table: r1 has the key            r1 leaves, r2 comes     r2 leaves, r3 comes
 *   Redis:                 snapshot                                               goes back to it: r1 has the key
 *
 * Within one continuity of the feed, slots may be as of different messages. So only the departures of earlier continuities count.
 */
export class FormerOwners {
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

  /** In an earlier continuity the record left some slot in a newer version than this one. */
  hadNewer(owner: string, version: number): boolean {
    return version < (this.#before.get(owner) ?? 0);
  }
}
