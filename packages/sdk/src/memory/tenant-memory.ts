import type { AnyConfig, Tenant } from '@tenantry/protocol';
import { isLoadable, timesOf } from './config-freshness.ts';
import { LeftRecords } from './former-owners.ts';
import type { Sieve } from './sieve.ts';
import { Slot, type StoredRecord } from './slot.ts';

/** What memory knows of one tenant. Holds no rules of order: those are in `applyMessage` and `admitReply`. */
export class TenantMemory {
  readonly tenant: Tenant;
  readonly slots = new Map<string, Slot>();
  readonly watched = new Set<Slot>();
  readonly left: LeftRecords = new LeftRecords();
  /** The slots that are `beyond` what Redis has. */
  readonly beyond = new Set<Slot>();
  /** Somebody read since the idle check last came by. A flag: a clock call would double the cost of `peek`. */
  touched = false;
  /** Every change is being heard. */
  live = false;
  /** When it was last live, ms since 1970. */
  lostAt: number;
  /** Changes when the continuity of the feed ends: whatever was known before must be compared with Redis again. */
  generation = 1;
  readonly #sieve: Sieve;
  readonly #byOwner = new Map<string, Slot[]>();
  readonly #shown = new Map<string, number>();
  #repliesAwaited = 0;

  readonly #hasSource: boolean;

  constructor(tenant: Tenant, sieve: Sieve, startedAt: number, hasSource = false) {
    this.tenant = tenant;
    this.#hasSource = hasSource;
    this.#sieve = sieve;
    this.lostAt = startedAt;
  }

  /** The slot of an address, made where there is none, and kept until it is released. */
  hold(address: string, config?: AnyConfig): Slot {
    let slot = this.slots.get(address);
    if (!slot) {
      slot = new Slot(address, this, config);
      this.slots.set(address, slot);
      this.#sieve.enter();
    }
    if (slot.holds++ === 0) this.#sieve.withdraw(slot);
    return slot;
  }

  release(slot: Slot): void {
    if (--slot.holds > 0) return;
    if (slot.state === 'unknown') this.forget(slot);
    else this.#sieve.offer(slot);
  }

  watch(address: string, config: AnyConfig | undefined, listener: () => void): Slot {
    const slot = this.hold(address, config);
    slot.listeners ??= new Set();
    slot.listeners.add(listener);
    this.watched.add(slot);
    return slot;
  }

  unwatch(slot: Slot, listener: () => void): void {
    slot.listeners?.delete(listener);
    if (slot.listeners?.size === 0) {
      this.watched.delete(slot);
      clearTimeout(slot.renewal);
    }
    this.release(slot);
  }

  /** Shows a record. Whether that is what Redis has is said by `vouch` and `outdate`. */
  put(slot: Slot, record: StoredRecord): void {
    if (slot.owner !== record.owner) {
      if (slot.state === 'present') this.#leave(slot, slot.version - 1);
      this.#disown(slot);
      const owned = this.#byOwner.get(record.owner);
      if (owned) owned.push(slot);
      else this.#byOwner.set(record.owner, [slot]);
    }
    slot.state = 'present';
    slot.owner = record.owner;
    slot.version = record.version;
    slot.updatedAt = record.updatedAt;
    slot.value = record.value;
    this.renew(slot, record);
    slot.loadedAt = 0;
    slot.revision++;
    slot.trouble = undefined;
    slot.ended = false;
    this.#meet(slot);
  }

  /** The same version, for longer. */
  renew(slot: Slot, { freshUntil, expiresAt }: Pick<StoredRecord, 'freshUntil' | 'expiresAt'>): void {
    slot.endsAt = expiresAt;
    Object.assign(slot, timesOf(slot.config, this.#hasSource, freshUntil, expiresAt));
  }

  /** Nobody writes it any more: those who watch it are done once they have been notified. */
  end(slot: Slot): void {
    slot.ended = true;
    slot.endings++;
  }

  /**
   * Shows nothing, or the default. `leftAt`: the version at which the record left, where a message said so. Where it is merely not in Redis, Redis may
   * have forgotten it, and the same version may come back; an older one may not. `absentUntil`: until when the source need not
   * be asked again; 0: as long as the feed says nothing else.
   */
  clear(slot: Slot, leftAt: number = slot.version - 1, absentUntil = 0): void {
    if (slot.state !== 'absent') slot.revision++;
    if (slot.state === 'present') this.#leave(slot, leftAt);
    this.#disown(slot);
    slot.state = 'absent';
    slot.owner = '';
    slot.version = 0;
    slot.updatedAt = 0;
    this.renew(slot, { freshUntil: absentUntil, expiresAt: 0 });
    // Nothing to load eagerly, and nothing that could be too old to be shown.
    slot.expiresAt = 0;
    slot.dueAt = slot.dueAt === 1 ? 1 : slot.freshUntil;
    slot.loadedAt = 0;
    slot.value = slot.fallback;
    slot.trouble = undefined;
    this.#meet(slot);
  }

  /** What the slot says is what Redis had at that message. */
  vouch(slot: Slot, seq: number): void {
    slot.seq = seq;
    slot.generation = this.generation;
    slot.outdated = false;
    slot.trouble = undefined;
    this.#meet(slot);
  }

  /** At that message Redis had something that the slot may not say. A reply from before would not help. */
  outdate(slot: Slot, seq: number): void {
    slot.seq = seq;
    slot.generation = this.generation;
    slot.outdated = true;
    this.#meet(slot);
  }

  /** Versions of the record up to this one must not be shown here any more. */
  pass(slot: Slot, owner: string, version: number): void {
    slot.leftAt = slot.leftBy === owner ? Math.max(slot.leftAt, version) : version;
    slot.leftBy = owner;
    if (!slot.config) this.left.add(slot.leftBy, slot.leftAt);
  }

  /** At that message Redis had an older state of `owner` than was shown here, and no later one is on its way. */
  exceed(slot: Slot, owner: string, seq: number): void {
    slot.seq = seq;
    slot.generation = this.generation;
    slot.outdated = false;
    slot.beyond = owner;
    this.beyond.add(slot);
  }

  forget(slot: Slot): void {
    this.slots.delete(slot.address);
    this.beyond.delete(slot);
    this.#disown(slot);
    this.#sieve.leave(slot);
  }

  /** It can be loaded from elsewhere. */
  hasSourceOf(slot: Slot): slot is Slot & { readonly config: AnyConfig } {
    return this.#hasSource && isLoadable(slot.config);
  }

  /** The slots that show a record. */
  ownedBy(owner: string): readonly Slot[] {
    return this.#byOwner.get(owner) ?? [];
  }

  /** Replies that are on their way must be told from the messages that overtake them. Ends with the returned function. */
  awaitReply(): () => void {
    this.#repliesAwaited++;
    return () => {
      if (--this.#repliesAwaited === 0) this.#shown.clear();
    };
  }

  /** The feed showed this version of a record. */
  show(owner: string, version: number): void {
    if (this.#repliesAwaited > 0) this.#shown.set(owner, version);
  }

  /** The version the feed showed since the oldest reply that is awaited was asked for; 0 for none. */
  shown(owner: string): number {
    return this.#shown.get(owner) ?? 0;
  }

  /** The continuity of the feed has ended: from here on nothing is vouched for, until it is compared or a message speaks of it. */
  endContinuity(): void {
    this.generation++;
    this.left.endContinuity();
  }

  /** Tells whoever watches. Memory is whole before the first of them hears of it. */
  notify(slots: Iterable<Slot>): void {
    for (const slot of [...slots]) for (const listener of [...(slot.listeners ?? [])]) listener();
  }

  #meet(slot: Slot): void {
    if (!slot.beyond) return;
    slot.beyond = '';
    this.beyond.delete(slot);
  }

  #leave(slot: Slot, leftAt: number): void {
    slot.leftBy = slot.owner;
    slot.leftAt = leftAt;
    if (!slot.config) this.left.add(slot.leftBy, slot.leftAt);
  }

  #disown(slot: Slot): void {
    const owned = this.#byOwner.get(slot.owner);
    if (!owned) return;
    const at = owned.indexOf(slot);
    if (at >= 0) owned.splice(at, 1);
    if (owned.length === 0) this.#byOwner.delete(slot.owner);
  }
}
