import type { Slot } from './slot.ts';

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
  /** Undefined as long as no record has left a slot: so it is with most tenants. */
  #versions: Map<string, number> | undefined;
  #before: ReadonlyMap<string, number> | undefined;

  /** The record that the slot shows leaves it, in this version. */
  leaves(slot: Slot, version: number): void {
    slot.former = { owner: slot.shown.owner, version };
    this.#remember(slot);
  }

  /** Forbids to show this version of the record there again, and those before it. */
  forbidUpTo(slot: Slot, owner: string, version: number): void {
    const { former } = slot;
    slot.former = { owner, version: former.owner === owner ? Math.max(former.version, version) : version };
    this.#remember(slot);
  }

  /** The record that the slot was taken from left it only in this version. */
  leftAt(slot: Slot, version: number): void {
    const { owner, version: former } = slot.former;
    slot.former = { owner, version: Math.max(former, version) };
  }

  endContinuity(): void {
    this.#before = this.#versions && new Map(this.#versions);
  }

  /** In an earlier continuity the record left some slot in a newer version than this one. */
  hadNewer(owner: string, version: number): boolean {
    return version < (this.#before?.get(owner) ?? 0);
  }

  /** A config has one slot only, which remembers it by itself. */
  #remember({ config, former: { owner, version } }: Slot): void {
    if (config) return;
    this.#versions ??= new Map();
    const versions = this.#versions;
    const highest = Math.max(version, versions.get(owner) ?? 0);
    versions.delete(owner);
    versions.set(owner, highest);
    const [oldest] = versions.keys();
    if (versions.size > REMEMBERED && oldest !== undefined) versions.delete(oldest);
  }
}
