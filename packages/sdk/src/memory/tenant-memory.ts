import type { AnyConfig, Tenant, TenantryError } from '@tenantry/protocol';
import { isLoadable, setTimes } from './config-freshness.ts';
import { Continuity } from './continuity.ts';
import { FormerOwners } from './former-owners.ts';
import type { MemoryChanges } from './memory-changes.ts';
import { OwnerIndex } from './owner-index.ts';
import { ReplyWindow } from './reply-window.ts';
import type { Sieve } from './sieve.ts';
import { type Shelf, Slot, type SlotHome } from './slot.ts';
import { NO_RECORD, NO_TIMES, type StoredRecord, timesFrom, type ValueTimes } from './stored-record.ts';
import { NO_WATCHERS, Watchers } from './watchers.ts';

/**
 * What memory knows of one tenant. The only writer of its slots, but for their former owners, which `formerOwners` writes. Holds no rules of
 * order: those are in `admission/`, which calls the verbs below and those of `formerOwners`.
 */
export class TenantMemory implements SlotHome {
  readonly tenant: Tenant;
  shelf: Shelf | undefined = undefined;
  readonly continuity: Continuity;
  readonly slots = new Map<string, Slot>();
  readonly formerOwners: FormerOwners = new FormerOwners();
  readonly replies: ReplyWindow = new ReplyWindow();
  readonly changes: MemoryChanges | undefined;
  /** A caller has read since the last look. A flag, because a call of the clock would double the cost of `peek`. */
  touched = false;
  /** How many slots have a reader or a watcher. */
  pinned = 0;
  /** The scopes of the tenant, as its groups last made sense. */
  scopes: readonly Tenant[] | undefined = undefined;
  #watched: Watchers | undefined;
  #ahead: Set<Slot> | undefined;
  readonly #owners = new OwnerIndex();
  readonly #sieve: Sieve;
  readonly #hasSource: boolean;

  constructor(tenant: Tenant, sieve: Sieve, startedAt: number, hasSource = false, changes?: MemoryChanges) {
    this.tenant = tenant;
    this.changes = changes;
    this.continuity = new Continuity(startedAt);
    this.#hasSource = hasSource;
    this.#sieve = sieve;
  }

  get live(): boolean {
    return this.continuity.live;
  }

  get generation(): number {
    return this.continuity.generation;
  }

  get watched(): Omit<Watchers, 'add'> {
    return this.#watched ?? NO_WATCHERS;
  }

  /** The slots whose `aheadOfRedis` names an owner. */
  get ahead(): Iterable<Slot> {
    return this.#ahead ?? [];
  }

  /** The slot of an address, made where there is none, and kept until it is unpinned. */
  pin(address: string, config?: AnyConfig): Slot {
    let slot = this.slots.get(address);
    if (!slot) {
      slot = new Slot(address, this, config);
      this.slots.set(address, slot);
      this.#sieve.enter();
    }
    if (slot.pins++ > 0) return slot;
    this.pinned++;
    this.#sieve.withdraw(slot);
    if (slot.state === 'unknown') this.shelf?.show(slot);
    return slot;
  }

  /** Pins a slot that its caller has pinned, once more. */
  keep(slot: Slot): void {
    slot.pins++;
  }

  unpin(slot: Slot): void {
    if (--slot.pins > 0) return;
    this.pinned--;
    if (slot.state === 'unknown') this.forget(slot);
    else this.#sieve.offer(slot);
  }

  watch(address: string, config: AnyConfig | undefined, listener: () => void): Slot {
    const slot = this.pin(address, config);
    this.#watched ??= new Watchers();
    this.#watched.add(slot, listener);
    return slot;
  }

  unwatch(slot: Slot, listener: () => void): void {
    this.watched.remove(slot, listener);
    this.unpin(slot);
  }

  forget(slot: Slot): void {
    this.slots.delete(slot.address);
    // Values of tenants that were made of it are no longer current.
    slot.revision++;
    this.#ahead?.delete(slot);
    this.#owners.remove(slot.shown.owner, slot);
    this.#sieve.leave(slot);
  }

  /** The slots that show a record. */
  ownedBy(owner: string): readonly Slot[] {
    return this.#owners.slotsOf(owner);
  }

  /** The source may have it. */
  hasSourceOf(slot: Slot): slot is Slot & { readonly config: AnyConfig } {
    return this.#hasSource && isLoadable(slot.config);
  }

  /** Tells the watchers of these slots. */
  notify(slots: Iterable<Slot>): void {
    this.watched.call(slots);
  }

  /** Tells those of the slots that a reply was about, and of those that may no longer be ahead of it. */
  notifyRead(slots: Iterable<Slot>): void {
    if (this.watched.size > 0) this.watched.call(new Set([...slots, ...this.ahead]));
  }

  // What a slot shows.

  /** Shows a record. Whether Redis has the same is told by `confirm` and `markOutdated`. */
  put(slot: Slot, record: StoredRecord): void {
    const { version, updatedAt, expiresAt: endsAt } = record;
    let { owner } = slot.shown;
    this.changes?.puts(this.tenant, slot, record);
    if (owner !== record.owner) {
      this.#takeAway(slot, slot.shown.version - 1);
      owner = this.#owners.add(record.owner, slot);
    }
    slot.state = 'present';
    slot.setValue(record.value);
    const freshUntil = setTimes(slot, this.#hasSource, record);
    slot.shown = { owner, version, updatedAt, times: timesFrom(NO_TIMES, endsAt, freshUntil) };
    slot.revision++;
    if (slot.news.ended) slot.news = { ...slot.news, ended: false };
    this.#reachRedis(slot);
    this.shelf?.taken(slot, record);
  }

  /** Shows the same version for longer. */
  renew(slot: Slot, times: ValueTimes): void {
    const freshUntil = setTimes(slot, this.#hasSource, times);
    const shownTimes = timesFrom(slot.shown.times, times.expiresAt, freshUntil);
    if (slot.shown.times !== shownTimes) slot.shown = { ...slot.shown, times: shownTimes };
  }

  /**
   * Shows nothing, or the default. `formerVersion` is the version at which the record left, where a message names it. Where the record is
   * merely not in Redis, Redis may have forgotten it: then the same version may come back, but no older one. `absentUntil`: until then
   * the source need not be asked again; 0: as long as the feed tells of no creation.
   */
  clear(slot: Slot, formerVersion: number = slot.shown.version - 1, absentUntil = 0): void {
    this.changes?.clears(this.tenant, slot);
    if (slot.state !== 'absent') slot.revision++;
    this.#takeAway(slot, formerVersion);
    slot.state = 'absent';
    slot.setValue(slot.fallback);
    const freshUntil = setTimes(slot, this.#hasSource, { freshUntil: absentUntil, expiresAt: 0 });
    // An absence is not loaded eagerly, and is never too old to be shown.
    slot.expiresAt = 0;
    slot.dueAt = slot.dueAt === 1 ? 1 : freshUntil;
    slot.shown = freshUntil === 0 ? NO_RECORD : { ...NO_RECORD, times: { ...NO_TIMES, freshUntil } };
    this.#reachRedis(slot);
  }

  /** The source gave this answer now, past Redis. */
  markLoaded(slot: Slot, loadedAt: number): void {
    slot.shown = { ...slot.shown, times: { ...slot.shown.times, loadedAt } };
  }

  /** The config was deregistered: its watchers complete with the next `notify`. */
  end(slot: Slot): void {
    this.changes?.ends(this.tenant, slot);
    slot.news = { ...slot.news, ended: true, endings: slot.news.endings + 1 };
  }

  /** Redis or the source gave the last answer. */
  answeredFrom(slot: Slot, origin: Slot['origin']): void {
    slot.origin = origin;
  }

  /** A read for the watchers has ended: those who still know nothing get the default. */
  endRead(slot: Slot): void {
    const gaveUp = !slot.isKnown;
    if (slot.news.gaveUp !== gaveUp) slot.news = { ...slot.news, gaveUp };
  }

  // How a slot compares with Redis: the states are drawn in `knowledge.ts`.

  /** The slot says what Redis had at that message. */
  confirm(slot: Slot, seq: number): void {
    this.#leaveAhead(slot);
    slot.knowledge = this.continuity.confirmedAt(seq);
  }

  /** At that message Redis had a state that the slot may not show. No reply from before it helps. */
  markOutdated(slot: Slot, seq: number): void {
    this.#leaveAhead(slot);
    slot.knowledge = slot.knowledge.markOutdated(this.continuity.generation, seq);
  }

  /** At that message Redis had an older state of `owner` than the slot has shown, and no message about a newer one is on its way. */
  markAhead(slot: Slot, owner: string, seq: number): void {
    slot.knowledge = slot.knowledge.markAhead(this.continuity.generation, seq, owner);
    this.#ahead ??= new Set();
    this.#ahead.add(slot);
  }

  /** Nobody can tell how the slot compares with Redis. */
  distrust(slot: Slot): void {
    slot.knowledge = slot.knowledge.distrust();
  }

  /** The newer state cannot be decoded, or Redis lost it: the slot goes on showing its last good value. */
  keepLastGood(slot: Slot, trouble: TenantryError): void {
    slot.knowledge = slot.knowledge.keepLastGood(trouble);
  }

  /** The slot need not be read again: Redis would give the same bytes, which cannot be decoded. */
  accept(slot: Slot): void {
    slot.knowledge = slot.knowledge.accept();
  }

  /** Begins a new continuity of the feed: a slot of before is confirmed again by a comparison, or by a message about it. */
  endContinuity(): void {
    this.continuity.end();
    this.formerOwners.endContinuity();
  }

  /** The record that the slot shows leaves it. */
  #takeAway(slot: Slot, version: number): void {
    if (slot.shown !== NO_RECORD) this.#owners.remove(slot.shown.owner, slot);
    if (slot.state === 'present') this.formerOwners.leaves(slot, version);
  }

  #reachRedis(slot: Slot): void {
    this.#leaveAhead(slot);
    slot.knowledge = slot.knowledge.reachRedis();
  }

  #leaveAhead(slot: Slot): void {
    if (slot.knowledge.aheadOfRedis !== '') this.#ahead?.delete(slot);
  }
}
