import { isNewer, TenantryError } from '@tenantry/protocol';
import type { OpenEnvelope, OpenedEnvelope } from './open-envelope.ts';
import type { Slot } from './slot.ts';
import type { TenantMemory } from './tenant-memory.ts';

/** What is known of the moment at which Redis gave a reply. */
export interface ReplyMoment {
  /** The feed's seq at that moment. */
  readonly seq: number;
  /** Memory has heard everything up to it, without a break: memory and reply are of one history. */
  readonly continuous: boolean;
  /** What is not there was deleted. Otherwise Redis may only have lost it. */
  readonly absentIsGone: boolean;
  readonly now: () => number;
}

/**
 * What became of a reply: memory had the `same`; it `changed` memory; memory `kept` what it had, being ahead; Redis has
 * an `older` state of the record, which is not shown; a message overtook it and memory does not have the value
 * (`overtaken`: read again).
 */
export type Admission = 'same' | 'changed' | 'kept' | 'older' | 'overtaken';

/**
 * Takes what Redis replied for one address into memory, unless the feed has shown something newer meanwhile:
 *
 *   reader: MGET a → v4 (on its way)
 *   writer:                            apply v5, push
 *   reader:                                            message v5, a moves to b
 *   reader:                                                                      reply v4   → a is not v4 any more
 *
 * Throws a `TenantryError` where the reply cannot be decoded; a value that memory has stays.
 */
export function admitReply(
  memory: TenantMemory,
  slot: Slot,
  bytes: Buffer | null,
  at: ReplyMoment,
  open: OpenEnvelope,
): Admission {
  const hasHeardMore = slot.generation === memory.generation && slot.seq > at.seq;
  if (hasHeardMore) return slot.outdated ? 'overtaken' : 'kept';
  try {
    const envelope = bytes === null ? undefined : open(bytes);
    const isGone = !envelope || (envelope.expiresAt !== 0 && envelope.expiresAt <= at.now());
    return isGone ? admitAbsence(memory, slot, at) : admitEnvelope(memory, slot, envelope, at);
  } catch (error) {
    if (error instanceof TenantryError) keepLastGood(memory, slot, at, error);
    throw error;
  }
}

function admitAbsence(memory: TenantMemory, slot: Slot, at: ReplyMoment): Admission {
  const isGone = at.continuous && at.absentIsGone;
  if (slot.isPresent(at.now) && !isGone) return 'kept';
  if (slot.state === 'absent' && !isGone) return 'same';
  const outcome = slot.state === 'absent' ? 'same' : 'changed';
  memory.clear(slot, at.seq, isGone ? memory.generation : 0);
  return outcome;
}

function admitEnvelope(memory: TenantMemory, slot: Slot, envelope: OpenedEnvelope, at: ReplyMoment): Admission {
  const { owner, version } = envelope;
  if (memory.shown(owner) > version) return 'overtaken';
  const generation = at.continuous ? memory.generation : 0;
  if (slot.isPresent(at.now)) {
    if (slot.owner === owner && slot.version === version) {
      if (at.continuous) memory.vouch(slot, at.seq, generation);
      return 'same';
    }
    // A key that went to another record may well have a lower version, but only a reply of the same history can say so.
    if (slot.owner !== owner && !at.continuous && !isNewer(version, slot.version)) return 'kept';
  }
  if (slot.hasPassed(owner, version)) return 'older';
  memory.put(slot, envelope.record(), at.seq, generation);
  return 'changed';
}

function keepLastGood(memory: TenantMemory, slot: Slot, at: ReplyMoment, trouble: TenantryError): void {
  slot.trouble = trouble;
  slot.outdated = slot.state !== 'present';
  if (!at.continuous) return;
  slot.seq = at.seq;
  slot.generation = memory.generation;
}
