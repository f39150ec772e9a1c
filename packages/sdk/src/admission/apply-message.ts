import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { type FeedChange, type FeedMessage, isNewer } from '@tenantry/protocol/wire';
import type { Slot, StoredRecord } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { isOtherWrite } from './is-reused-version.ts';
import type { OpenEnvelope } from './open-envelope.ts';

/** What a message did to memory. */
export interface AppliedMessage {
  /** The slots it spoke of. */
  readonly touched: ReadonlySet<Slot>;
  /** What could not be decoded; the values before it stay. */
  readonly troubles: readonly TenantryError[];
}

/**
 * Brings memory to the state after a message, all changes in one go. The rules are those of the script that made it:
 * a key moves to a newer version only, and a record gives up the keys it does not name.
 */
export function applyMessage(
  memory: TenantMemory,
  { changes, seq }: FeedMessage,
  open: OpenEnvelope,
  now: () => number,
): AppliedMessage {
  const touched = new Set<Slot>();
  const troubles: TenantryError[] = [];
  const taken: Slot[] = [];
  // The slot came from a reply that included this message: replaying it could only bring back what came before. One
  // message may speak of a slot twice, when a record leaves what another one takes.
  const isKnown = (slot: Slot) => slot.generation === memory.generation && seq <= slot.seq && !touched.has(slot);
  for (const change of changes) {
    memory.show(change.owner, change.version);
    if (change.op === 'retire') {
      for (const slot of retire(memory, change, seq)) touched.add(slot);
      continue;
    }
    for (const slot of [...memory.ownedBy(change.owner)]) {
      if (change.addresses.includes(slot.address) || isKnown(slot) || !isLeft(slot, change)) continue;
      // Where Redis loses an unset, its version is given to another write.
      memory.clear(slot, slot.config ? change.version - 1 : change.version);
      memory.vouch(slot, seq);
      touched.add(slot);
    }
    for (const slot of [...memory.beyond]) {
      const isOfIt = [slot.owner, slot.leftBy, slot.beyond].includes(change.owner);
      if (!isOfIt || change.addresses.includes(slot.address) || isKnown(slot)) continue;
      // What was too old to be shown may be gone: to be read again.
      memory.outdate(slot, seq);
      touched.add(slot);
    }
    let record: StoredRecord | TenantryError | undefined;
    for (const address of change.addresses) {
      const slot = memory.slots.get(address);
      if (!slot || isKnown(slot)) continue;
      // A config's place is its own: nobody else claims it.
      const wasExact = slot.config !== undefined || slot.isExact;
      if (isRenewal(slot, change)) {
        if (renew(memory, slot, change, open, seq)) touched.add(slot);
        continue;
      }
      const isRefused = isStepBack(slot, change, now);
      if (isRefused && isBeyond(slot, change, now)) {
        memory.exceed(slot, change.owner, seq);
        touched.add(slot);
        continue;
      }
      // Redis refused it as well.
      if (isRefused && wasExact && !isAgain(slot, change)) continue;
      touched.add(slot);
      // A value too large to push must be fetched; until then the old one is shown, and known to be old.
      memory.outdate(slot, seq);
      if (isRefused) continue;
      // Decoded once, and only for somebody who wants it.
      record ??= recordOf(change, open, slot.config);
      if (record instanceof TenantryError) keepLastGood(slot, change, wasExact, record);
      else if (record) {
        if (slot.state === 'present' && slot.owner !== change.owner) taken.push(slot);
        memory.put(slot, record);
        if (wasExact) memory.vouch(slot, seq);
      }
    }
    if (record instanceof TenantryError) troubles.push(record);
  }
  if (taken.length > 0) passLeft(taken, changes);
  return { touched, troubles };
}

/** The record that a slot was taken from may leave it only further on in the message, in a newer version than was shown of it. */
function passLeft(taken: readonly Slot[], changes: readonly FeedChange[]): void {
  const last = new Map(changes.map(change => [change.owner, change]));
  for (const slot of taken) {
    const left = last.get(slot.leftBy);
    if (left && !left.addresses.includes(slot.address)) slot.leftAt = Math.max(slot.leftAt, left.version);
  }
}

/**
 * A deregistered config stands under its own name. The value it had may come back at the same version, when it is
 * registered again, so only older ones are passed. A reply that already included this has still told nobody that it is over.
 */
function retire(memory: TenantMemory, { owner, version }: FeedChange, seq: number): readonly Slot[] {
  const slot = memory.slots.get(owner);
  if (!slot) return [];
  const isKnown = slot.generation === memory.generation && seq <= slot.seq;
  if (slot.state === 'present' && (isKnown || (isNewer(slot.version, version) && !slot.beyond))) return [];
  if (!isKnown) {
    memory.clear(slot, Math.max(version, slot.version) - 1);
    memory.vouch(slot, seq);
  }
  memory.end(slot);
  return [slot];
}

/**
 * The record left the slot that shows it. Where the slot was not what Redis had before this message, the message does not say enough: a key
 * that the record claims may belong to a newer record, and one that it leaves may belong to another already.
 *
 *   writer: x leaves a, y takes a (missed)
 *   writer:                                  x changes    → memory, which still shows x under a, must not call a absent
 */
function isLeft(slot: Slot, change: FeedChange): boolean {
  return isNewer(change.version, slot.version) ? slot.config !== undefined || slot.isExact : isAgain(slot, change);
}

/** A config's version that may have been given to another write before, which is what the slot shows. */
function isAgain(slot: Slot, { version }: FeedChange): boolean {
  return slot.config !== undefined && slot.state === 'present' && slot.version === version;
}

/** The feed tells of a config's versions again that were passed here. What came straight from the source may be ahead of it. */
function isBeyond(slot: Slot, { owner, version }: FeedChange, now: () => number): boolean {
  if (!slot.config || !slot.hasPassed(owner, version)) return false;
  return !(slot.isPresent(now) && slot.loadedAt !== 0);
}

function isStepBack(slot: Slot, { owner, version }: FeedChange, now: () => number): boolean {
  return (slot.isPresent(now) && !isNewer(version, slot.version)) || slot.hasPassed(owner, version);
}

/** A config that was loaded again: the same version, for longer. Or one whose version was given again. */
function isRenewal(slot: Slot, { owner, version, envelope }: FeedChange): boolean {
  return !!envelope && !!slot.config && slot.state === 'present' && slot.owner === owner && slot.version === version;
}

function renew(memory: TenantMemory, slot: Slot, { envelope }: FeedChange, open: OpenEnvelope, seq: number): boolean {
  try {
    const opened = open(envelope as Buffer);
    const isOther = isOtherWrite(slot, opened.updatedAt, () => opened.record(slot.config).value);
    if (isOther) memory.put(slot, opened.record(slot.config));
    else memory.renew(slot, opened);
    memory.vouch(slot, seq);
    return true;
  } catch (error) {
    // It is the version that is shown already, or the slot stays as stale as it was.
    if (error instanceof TenantryError) return false;
    throw error;
  }
}

function recordOf(
  change: FeedChange,
  open: OpenEnvelope,
  config: AnyConfig | undefined,
): StoredRecord | TenantryError | undefined {
  if (!change.envelope) return undefined;
  try {
    return open(change.envelope).record(config);
  } catch (error) {
    if (error instanceof TenantryError) return error;
    throw error;
  }
}

function keepLastGood(slot: Slot, { owner }: FeedChange, wasExact: boolean, trouble: TenantryError): void {
  slot.trouble = trouble;
  // With a value of the same record to show, reading the same bytes again is no use.
  if (wasExact && slot.state === 'present' && slot.owner === owner) slot.outdated = false;
}
