import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { type FeedChange, type FeedMessage, isNewer } from '@tenantry/protocol/wire';
import type { Slot } from '../memory/slot.ts';
import type { StoredRecord } from '../memory/stored-record.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { isLeft, isRenewal, isReused, isStepBack, isToldAgain, wasForbidden } from './change-rules.ts';
import { isReusedVersion } from './is-reused-version.ts';
import type { OpenEnvelope } from './open-envelope.ts';

/** The effect of a message on memory. */
export interface AppliedMessage {
  /** The slots that the message is about. */
  readonly touched: ReadonlySet<Slot>;
  /** Those of them that show another state now, and have it from the message itself. */
  readonly taken: readonly Slot[];
  /** The values that cannot be decoded; the slots keep the values before them. */
  readonly troubles: readonly TenantryError[];
}

/**
 * Brings memory to the state after a message, all changes in one step. The rules are those of the script that made the message: a key
 * moves to a newer version only, and a record gives up the keys that it does not name.
 */
export function applyMessage(
  memory: TenantMemory,
  message: FeedMessage,
  open: OpenEnvelope,
  now: () => number,
): AppliedMessage {
  return new MessageApplication(memory, message, open, now).run();
}

class MessageApplication implements AppliedMessage {
  readonly touched = new Set<Slot>();
  readonly taken: Slot[] = [];
  readonly troubles: TenantryError[] = [];
  /** The slots that a record took from another one. */
  readonly #inherited: Slot[] = [];
  readonly #memory: TenantMemory;
  readonly #message: FeedMessage;
  readonly #open: OpenEnvelope;
  readonly #now: () => number;

  constructor(memory: TenantMemory, message: FeedMessage, open: OpenEnvelope, now: () => number) {
    this.#memory = memory;
    this.#message = message;
    this.#open = open;
    this.#now = now;
  }

  run(): AppliedMessage {
    for (const change of this.#message.changes) {
      this.#memory.replies.heard(change.owner, change.version);
      if (change.op === 'retire') this.#retire(change);
      else {
        this.#leaveSlots(change);
        this.#askWhatIsAhead(change);
        this.#show(change);
      }
    }
    if (this.#inherited.length > 0) this.#followInherited();
    return this;
  }

  /**
   * The slot came from a reply that included this message: applying it could only bring back an older state. One message may be about a
   * slot twice, when a record leaves the key that another one takes.
   */
  #isKnown(slot: Slot): boolean {
    return this.#isIncluded(slot) && !this.touched.has(slot);
  }

  #isIncluded({ knowledge }: Slot): boolean {
    return knowledge.generation === this.#memory.generation && this.#message.seq <= knowledge.seq;
  }

  /**
   * A deregistered config stands under its own name. Its value may come back at the same version, when the config is registered again. So
   * only older versions are forbidden. A reply that already included this message has not told the watchers that the config is over.
   */
  #retire({ owner, version }: FeedChange): void {
    const memory = this.#memory;
    const slot = memory.slots.get(owner);
    if (!slot) return;
    const { state, shown, knowledge } = slot;
    const isIncluded = this.#isIncluded(slot);
    const isKept = isIncluded || (isNewer(shown.version, version) && knowledge.aheadOfRedis === '');
    if (state === 'present' && isKept) return;
    if (!isIncluded) {
      memory.clear(slot, Math.max(version, shown.version) - 1);
      memory.confirm(slot, this.#message.seq);
    }
    memory.end(slot);
    this.touched.add(slot);
  }

  /** The record gives up the keys that the change does not name. */
  #leaveSlots(change: FeedChange): void {
    for (const slot of [...this.#memory.ownedBy(change.owner)]) {
      if (change.addresses.includes(slot.address) || this.#isKnown(slot) || !isLeft(slot, change)) continue;
      // Where Redis loses an unset, it gives the version of the unset to another write.
      this.#memory.clear(slot, slot.config ? change.version - 1 : change.version);
      this.#memory.confirm(slot, this.#message.seq);
      this.touched.add(slot);
    }
  }

  /** The older state of this record that Redis had under other keys, too old to be shown, may be gone: read them again. */
  #askWhatIsAhead(change: FeedChange): void {
    for (const slot of [...this.#memory.ahead]) {
      const { shown, former, knowledge } = slot;
      const isOfRecord = [shown.owner, former.owner, knowledge.aheadOfRedis].includes(change.owner);
      if (!isOfRecord || change.addresses.includes(slot.address) || this.#isKnown(slot)) continue;
      this.#memory.markOutdated(slot, this.#message.seq);
      this.touched.add(slot);
    }
  }

  #show(change: FeedChange): void {
    let record: StoredRecord | TenantryError | undefined;
    // Decoded once, and only for a slot that takes it.
    const recordFor = (config: AnyConfig | undefined) => {
      record ??= this.#decode(change, config);
      return record;
    };
    for (const address of change.addresses) {
      const slot = this.#memory.slots.get(address);
      if (!slot || this.#isKnown(slot)) continue;
      if (isToldAgain(slot, change)) {
        this.#memory.markOutdated(slot, this.#message.seq);
        this.touched.add(slot);
      } else if (isRenewal(slot, change)) this.#renew(slot, change);
      else this.#showIn(slot, change, recordFor);
    }
    if (record instanceof TenantryError) this.troubles.push(record);
  }

  #showIn(
    slot: Slot,
    change: FeedChange,
    recordFor: (config: AnyConfig | undefined) => StoredRecord | TenantryError | undefined,
  ): void {
    const memory = this.#memory;
    const { seq } = this.#message;
    // A config's place is its own: no other record claims it.
    const wasExact = slot.config !== undefined || slot.isExact;
    const isRefused = isStepBack(slot, change, this.#now);
    if (isRefused && wasForbidden(slot, change, this.#now)) {
      memory.markAhead(slot, change.owner, seq);
      this.touched.add(slot);
      return;
    }
    // Redis refused it as well.
    if (isRefused && wasExact && !isReused(slot, change)) return;
    this.touched.add(slot);
    // A value too large to push must be fetched; until then the old one is shown, and known to be old.
    memory.markOutdated(slot, seq);
    if (isRefused) return;
    const record = recordFor(slot.config);
    if (record instanceof TenantryError) this.#keepLastGood(slot, change, wasExact, record);
    else if (record) {
      if (slot.state === 'present' && slot.shown.owner !== change.owner) this.#inherited.push(slot);
      memory.put(slot, record);
      this.taken.push(slot);
      if (wasExact) memory.confirm(slot, seq);
    } else memory.changes?.announced(memory.tenant, slot);
  }

  #renew(slot: Slot, { envelope }: FeedChange): void {
    const memory = this.#memory;
    try {
      const opened = this.#open(envelope as Buffer);
      const isReusedHere = isReusedVersion(slot, opened.updatedAt, () => opened.record(slot.config).value);
      if (isReusedHere) memory.put(slot, opened.record(slot.config));
      else memory.renew(slot, opened);
      memory.confirm(slot, this.#message.seq);
      this.touched.add(slot);
    } catch (error) {
      // The slot shows this version already, or stays as stale as it was.
      if (!(error instanceof TenantryError)) throw error;
    }
  }

  #decode(change: FeedChange, config: AnyConfig | undefined): StoredRecord | TenantryError | undefined {
    if (!change.envelope) return undefined;
    try {
      return this.#open(change.envelope).record(config);
    } catch (error) {
      if (error instanceof TenantryError) return error;
      throw error;
    }
  }

  #keepLastGood(slot: Slot, { owner }: FeedChange, wasExact: boolean, trouble: TenantryError): void {
    this.#memory.keepLastGood(slot, trouble);
    // With a value of the same record to show, reading the same bytes again is no use.
    if (wasExact && slot.state === 'present' && slot.shown.owner === owner) this.#memory.accept(slot);
  }

  /** The record that a slot was taken from may leave it only further on in the message, in a newer version than the slot showed. */
  #followInherited(): void {
    const last = new Map(this.#message.changes.map(change => [change.owner, change]));
    for (const slot of this.#inherited) {
      const left = last.get(slot.former.owner);
      if (left && !left.addresses.includes(slot.address)) this.#memory.formerOwners.leftAt(slot, left.version);
    }
  }
}
