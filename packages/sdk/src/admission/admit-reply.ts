import { TenantryError } from '@tenantry/protocol';
import { isNewer } from '@tenantry/protocol/wire';
import { isWholeInRedis } from '../memory/config-freshness.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { isOtherWrite } from './is-reused-version.ts';
import type { OpenEnvelope, OpenedEnvelope } from './open-envelope.ts';

/** How far apart clocks are expected to be at most, where nothing depends on it but an alarm. */
const CLOCK_MARGIN_MS = 60_000;

/** What is known of the moment at which Redis gave a reply. */
export interface ReplyMoment {
  /** The memory's generation when it was asked for. */
  readonly generation: number;
  /** The feed's seq when it was given. */
  readonly seq: number;
  /**
   * `heard`: memory has heard everything up to it. `ahead`: it will, this is the same life of the feed. `unrelated`: the
   * feed is not followed or began anew, so nobody can tell how the two compare.
   */
  readonly standing: 'heard' | 'ahead' | 'unrelated';
  /** What is not there was deleted. Otherwise Redis may only have lost it. */
  readonly absentIsGone: boolean;
  readonly now: () => number;
}

/**
 * What became of a reply: memory had the `same`; it `changed` memory; memory `kept` what it had, being ahead; Redis has
 * an `older` state of the record, which is not shown, or has `lost` it without a word, and it is kept as stale; a message overtook it
 * and memory does not have the value (`overtaken`: read again).
 */
export type Admission = 'same' | 'changed' | 'kept' | 'older' | 'lost' | 'overtaken';

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
  const isOlder = slot.generation > at.generation || (slot.generation === at.generation && slot.seq > at.seq);
  if (isOlder) return slot.outdated ? 'overtaken' : 'kept';
  try {
    const envelope = bytes === null ? undefined : open(bytes);
    const isGone = !envelope || envelope.isAbsent || (envelope.expiresAt !== 0 && envelope.expiresAt <= at.now());
    return isGone ? admitAbsence(memory, slot, envelope, at) : admitEnvelope(memory, slot, envelope, at);
  } catch (error) {
    if (error instanceof TenantryError) keepLastGood(memory, slot, at, error);
    throw error;
  }
}

function admitAbsence(
  memory: TenantMemory,
  slot: Slot,
  envelope: OpenedEnvelope | undefined,
  at: ReplyMoment,
): Admission {
  const { isAbsent, version = 0, expiresAt = 0 } = envelope ?? {};
  // Of a config it may be that the database has what Redis does not.
  const isTold =
    envelope !== undefined || (at.absentIsGone && !memory.hasSourceOf(slot) && isWholeInRedis(slot.config));
  const isGone =
    at.standing === 'heard' && (isAbsent ? !isNewer(memory.shown(envelope?.owner ?? ''), version) : isTold);
  if (slot.isPresent(at.now) && (!isGone || (isAbsent && slot.version > version))) return 'kept';
  // The feed tells of every deletion, and what is shown is as of its last message: Redis has lost it (evicted, deleted by hand),
  // and the table still has it.
  // Of a value that ends by itself just now Redis's clock may be ahead.
  const mayHaveEnded = slot.endsAt !== 0 && slot.endsAt - at.now() < CLOCK_MARGIN_MS;
  const isAsHeard = slot.generation === memory.generation && !slot.outdated;
  if (slot.isPresent(at.now) && !isAbsent && isAsHeard && !mayHaveEnded) {
    if (slot.trouble?.code === 'LOST_IN_REDIS') return 'kept';
    slot.trouble = lostInRedis(slot);
    return 'lost';
  }
  // With a source this says nothing yet.
  if (!isGone && (slot.state === 'absent' || memory.hasSourceOf(slot))) return 'same';
  const outcome = slot.state === 'absent' ? 'same' : 'changed';
  memory.clear(slot, undefined, isAbsent ? expiresAt : 0);
  conclude(memory, slot, at, isGone);
  return outcome;
}

function admitEnvelope(memory: TenantMemory, slot: Slot, envelope: OpenedEnvelope, at: ReplyMoment): Admission {
  const { owner, version } = envelope;
  if (memory.shown(owner) > version) return 'overtaken';
  if (slot.isPresent(at.now)) {
    if (slot.owner === owner && slot.version === version) {
      if (isOtherWrite(slot, envelope.updatedAt, () => envelope.record(slot.config).value)) {
        // From another life of the feed: nobody can tell which of the two is the lost one.
        if (at.standing === 'unrelated') return 'kept';
        memory.put(slot, envelope.record(slot.config));
        conclude(memory, slot, at, at.standing === 'heard');
        return 'changed';
      }
      if (at.standing === 'heard' && seenElsewhere(memory, owner, at.seq) > version) {
        memory.exceed(slot, owner, at.seq);
        return 'older';
      }
      memory.renew(slot, envelope);
      if (at.standing === 'heard') memory.vouch(slot, at.seq);
      return 'same';
    }
    // A key that went to another record may well have a lower version, but only a reply of the same history can say so.
    if (slot.owner !== owner && at.standing !== 'heard' && !isNewer(version, slot.version)) return 'kept';
  }
  const seen = at.standing === 'heard' ? seenElsewhere(memory, owner, at.seq) : 0;
  if (seen > version) memory.pass(slot, owner, seen - 1);
  if (slot.hasPassed(owner, version) || memory.left.hadNewer(owner, version)) {
    // What came straight from the source may be ahead of Redis.
    if (at.standing === 'heard' && slot.loadedAt === 0) memory.exceed(slot, owner, at.seq);
    return 'older';
  }
  memory.put(slot, envelope.record(slot.config));
  conclude(memory, slot, at, at.standing === 'heard');
  if (at.standing === 'heard') outliveElsewhere(memory, slot, at.seq);
  return 'changed';
}

/**
 * The highest version of the record that any slot shows, up to this message; 0 for none. All keys of a record move together, so a Redis
 * that has less under this one went back, or lost what told it of the key.
 */
export function seenElsewhere(memory: TenantMemory, owner: string, seq: number): number {
  let seen = 0;
  for (const other of memory.ownedBy(owner))
    if (other.generation < memory.generation || other.beyond || (!other.outdated && other.seq <= seq))
      seen = Math.max(seen, other.version);
  return seen;
}

/** The same, where the one that has less was looked at first. */
function outliveElsewhere(memory: TenantMemory, { owner, version }: Slot, seq: number): void {
  for (const other of memory.ownedBy(owner))
    if (other.isExact && other.version < version && other.seq <= seq) memory.exceed(other, owner, seq);
}

/** A reply from ahead is older than nothing that is still to be heard up to there. */
function conclude(memory: TenantMemory, slot: Slot, at: ReplyMoment, isVouchedFor: boolean): void {
  if (isVouchedFor) memory.vouch(slot, at.seq);
  else if (at.standing === 'unrelated') slot.outdated = true;
  else memory.outdate(slot, at.seq);
}

function keepLastGood(memory: TenantMemory, slot: Slot, at: ReplyMoment, trouble: TenantryError): void {
  slot.trouble = trouble;
  if (at.standing !== 'heard') return;
  memory.outdate(slot, at.seq);
  // With a value to show, reading the same bytes again is no use.
  slot.outdated = slot.state !== 'present';
}

function lostInRedis(slot: Slot): TenantryError {
  return new TenantryError(
    'LOST_IN_REDIS',
    `Redis does not have "${slot.address}" any more, and nobody deleted it: what was seen last is shown, marked stale. ` +
      'Was it evicted, or deleted by hand? Run an audit with repair, and give Redis the policy noeviction.',
  );
}
