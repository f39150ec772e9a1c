import { type FeedChange, type FeedMessage, isNewer, TenantryError } from '@tenantry/protocol';
import type { OpenEnvelope } from './open-envelope.ts';
import type { Slot, StoredRecord } from './slot.ts';
import type { TenantMemory } from './tenant-memory.ts';

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
  // The slot came from a reply that included this message: replaying it could only bring back what came before. One
  // message may speak of a slot twice, when a record leaves what another one takes.
  const isKnown = (slot: Slot) => slot.generation === memory.generation && seq <= slot.seq && !touched.has(slot);
  for (const change of changes) {
    memory.show(change.owner, change.version);
    for (const slot of [...memory.ownedBy(change.owner)]) {
      if (change.addresses.includes(slot.address) || isKnown(slot)) continue;
      if (!isNewer(change.version, slot.version)) continue;
      memory.clear(slot, seq, memory.generation, change.version);
      touched.add(slot);
    }
    let record: StoredRecord | TenantryError | undefined;
    for (const address of change.addresses) {
      const slot = memory.slots.get(address);
      if (!slot || isKnown(slot)) continue;
      if (slot.isPresent(now) && !isNewer(change.version, slot.version)) continue;
      if (slot.hasPassed(change.owner, change.version)) continue;
      touched.add(slot);
      // Decoded once, and only for somebody who wants it.
      record ??= recordOf(change, open);
      if (record instanceof TenantryError) keepLastGood(memory, slot, seq, record);
      else if (record) memory.put(slot, record, seq, memory.generation);
      else outdate(memory, slot, seq);
    }
    if (record instanceof TenantryError) troubles.push(record);
  }
  return { touched, troubles };
}

function recordOf(change: FeedChange, open: OpenEnvelope): StoredRecord | TenantryError | undefined {
  if (!change.envelope) return undefined;
  try {
    return open(change.envelope).record();
  } catch (error) {
    if (error instanceof TenantryError) return error;
    throw error;
  }
}

/** A value too large to push must be fetched. Until then the old one is shown, and known to be old. */
function outdate(memory: TenantMemory, slot: Slot, seq: number): void {
  slot.seq = seq;
  slot.generation = memory.generation;
  slot.outdated = true;
}

function keepLastGood(memory: TenantMemory, slot: Slot, seq: number, trouble: TenantryError): void {
  outdate(memory, slot, seq);
  // With a value to show, reading the same bytes again is no use. Without one the next read says what is wrong.
  slot.outdated = slot.state !== 'present';
  slot.trouble = trouble;
}
