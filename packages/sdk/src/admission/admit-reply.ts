import { TenantryError } from '@tenantry/protocol';
import { isNewer } from '@tenantry/protocol/wire';
import { isWholeInRedis } from '../memory/config-freshness.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { isReusedVersion } from './is-reused-version.ts';
import type { OpenEnvelope, OpenedEnvelope } from './open-envelope.ts';

/** So much the time of Redis may be misjudged: a reader that is never told it has its own clock. Only an alarm depends on it. */
const CLOCK_MARGIN_MS = 60_000;

/** The moment at which Redis gave a reply. */
export interface ReplyMoment {
  /** The memory's generation when Redis was asked. */
  readonly generation: number;
  /** The feed's seq when Redis answered. */
  readonly seq: number;
  /**
   * How memory relates to that moment. `heard`: memory has heard every message up to it. `ahead`: memory will hear them, because the feed
   * is the same one. `unrelated`: the feed is not followed or began anew, so the two cannot be compared.
   */
  readonly relation: 'heard' | 'ahead' | 'unrelated';
  /** True: a missing key was deleted. False: Redis may only have lost it. */
  readonly absentIsGone: boolean;
  readonly now: () => number;
}

/**
 * The fate of a reply. `same`: memory had it. `changed`: memory took it in. `kept`: memory is ahead and kept its state. `older`: Redis has
 * an older state of the record, which is not shown. `lost`: Redis does not have the record although nobody deleted it; memory keeps it as
 * stale. `overtaken`: a message overtook the reply, and memory does not have its value: read again.
 */
export type Admission = 'same' | 'changed' | 'kept' | 'older' | 'lost' | 'overtaken';

/**
 * Takes the reply of Redis for one address into memory, unless the feed has shown something newer meanwhile:
 *
 *   reader: MGET a → v4 (on its way)
 *   writer:                            apply v5, push
 *   reader:                                            message v5, a moves to b
 *   reader:                                                                      reply v4   → a is not v4 any more
 *
 * Throws a `TenantryError` where the reply cannot be decoded; memory keeps the value that it has.
 */
export function admitReply(
  memory: TenantMemory,
  slot: Slot,
  bytes: Buffer | null,
  at: ReplyMoment,
  open: OpenEnvelope,
): Admission {
  const { generation, seq, outdated } = slot.knowledge;
  const isOlder = generation > at.generation || (generation === at.generation && seq > at.seq);
  if (isOlder) return outdated ? 'overtaken' : 'kept';
  try {
    const envelope = bytes === null ? undefined : open(bytes);
    if (envelope?.isNever) return admitNever(memory, slot, envelope, at);
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
  const { knowledge, shown } = slot;
  // The database may have a config that Redis does not have.
  const isTold =
    envelope !== undefined || (at.absentIsGone && !memory.hasSourceOf(slot) && isWholeInRedis(slot.config));
  const isGone =
    at.relation === 'heard' && (isAbsent ? !isNewer(memory.replies.heardOf(envelope?.owner ?? ''), version) : isTold);
  if (slot.isPresent(at.now) && (!isGone || (isAbsent && shown.version > version))) return 'kept';
  // The feed tells of every deletion, and the slot is as of its last message: Redis has lost the record (evicted, deleted by hand), and
  // the table still has it. Of a value that ends by itself just now, the clock of Redis may be ahead.
  const { endsAt } = shown.times;
  const mayHaveEnded = endsAt !== 0 && endsAt - at.now() < CLOCK_MARGIN_MS;
  const isAsHeard = knowledge.generation === memory.generation && !knowledge.outdated;
  if (slot.isPresent(at.now) && !isAbsent && isAsHeard && !mayHaveEnded) {
    if (knowledge.trouble?.code === 'LOST_IN_REDIS') return 'kept';
    memory.keepLastGood(slot, lostInRedis(slot));
    return 'lost';
  }
  // Where there is a source, Redis alone cannot tell.
  if (!isGone && (slot.state === 'absent' || memory.hasSourceOf(slot))) return 'same';
  const outcome = slot.state === 'absent' ? 'same' : 'changed';
  memory.clear(slot, undefined, isAbsent ? expiresAt : 0);
  conclude(memory, slot, at, isGone);
  return outcome;
}

/** The database has the record, and nothing of it could be published: whatever is shown is old. */
function admitNever(memory: TenantMemory, slot: Slot, { owner, version }: OpenedEnvelope, at: ReplyMoment): Admission {
  if (memory.replies.heardOf(owner) > version) return 'overtaken';
  if (slot.state === 'unknown') memory.clear(slot);
  conclude(memory, slot, at, at.relation === 'heard');
  memory.keepLastGood(slot, notPublished(slot));
  return 'same';
}

function admitEnvelope(memory: TenantMemory, slot: Slot, envelope: OpenedEnvelope, at: ReplyMoment): Admission {
  const { owner, version } = envelope;
  const isHeard = at.relation === 'heard';
  if (memory.replies.heardOf(owner) > version) return 'overtaken';
  if (slot.isPresent(at.now)) {
    const { shown } = slot;
    if (shown.owner === owner && shown.version === version) return admitSameVersion(memory, slot, envelope, at);
    // A key that went to another record may well have a lower version, but only a reply of the same history can say so.
    if (shown.owner !== owner && !isHeard && !isNewer(version, shown.version)) return 'kept';
  }
  const others = isHeard ? memory.ownedBy(owner) : [];
  const seen = seenElsewhere(memory, others, at.seq);
  if (seen > version) memory.formerOwners.forbidUpTo(slot, owner, seen - 1);
  if (slot.isForbidden(owner, version) || memory.formerOwners.hadNewer(owner, version)) {
    // A value that came straight from the source may be ahead of Redis.
    if (isHeard && slot.shown.times.loadedAt === 0) memory.markAhead(slot, owner, at.seq);
    return 'older';
  }
  memory.put(slot, envelope.record(slot.config));
  conclude(memory, slot, at, isHeard);
  if (envelope.isBehind) memory.keepLastGood(slot, notPublished(slot));
  if (others.length > 0) outliveElsewhere(memory, slot, at.seq);
  return 'changed';
}

function admitSameVersion(memory: TenantMemory, slot: Slot, envelope: OpenedEnvelope, at: ReplyMoment): Admission {
  const { owner, version, updatedAt } = envelope;
  const isHeard = at.relation === 'heard';
  if (isReusedVersion(slot, updatedAt, () => envelope.record(slot.config).value)) {
    // From another life of the feed: nobody can tell which of the two writes is the lost one.
    if (at.relation === 'unrelated') return 'kept';
    memory.put(slot, envelope.record(slot.config));
    conclude(memory, slot, at, isHeard);
    return 'changed';
  }
  if (isHeard && seenElsewhere(memory, memory.ownedBy(owner), at.seq) > version) {
    memory.markAhead(slot, owner, at.seq);
    return 'older';
  }
  memory.renew(slot, envelope);
  if (isHeard) memory.confirm(slot, at.seq);
  if (envelope.isBehind) memory.keepLastGood(slot, notPublished(slot));
  return 'same';
}

/**
 * The highest version of a record that any of its slots shows, up to this message; 0 for none. All keys of a record move together. So a Redis
 * that has an older version under this key went back, or lost the list that told it of the key.
 */
export function seenElsewhere(memory: TenantMemory, owned: readonly Slot[], atSeq: number): number {
  let seen = 0;
  for (const { knowledge, shown } of owned) {
    const { generation, seq, outdated, aheadOfRedis } = knowledge;
    if (generation < memory.generation || aheadOfRedis !== '' || (!outdated && seq <= atSeq))
      seen = Math.max(seen, shown.version);
  }
  return seen;
}

/** The same, where the slot with the older version was read first. */
function outliveElsewhere(memory: TenantMemory, { shown: { owner, version } }: Slot, seq: number): void {
  for (const other of memory.ownedBy(owner))
    if (other.isExact && other.shown.version < version && other.knowledge.seq <= seq)
      memory.markAhead(other, owner, seq);
}

/** A reply from ahead is not older than any message up to it that memory has still to hear. */
function conclude(memory: TenantMemory, slot: Slot, at: ReplyMoment, isConfirmed: boolean): void {
  if (isConfirmed) memory.confirm(slot, at.seq);
  else if (at.relation === 'unrelated') memory.distrust(slot);
  else memory.markOutdated(slot, at.seq);
}

function keepLastGood(memory: TenantMemory, slot: Slot, at: ReplyMoment, trouble: TenantryError): void {
  memory.keepLastGood(slot, trouble);
  if (at.relation !== 'heard') return;
  memory.markOutdated(slot, at.seq);
  // With a value to show, reading the same bytes again is no use.
  if (slot.state === 'present') memory.accept(slot);
}

function lostInRedis(slot: Slot): TenantryError {
  return new TenantryError(
    'LOST_IN_REDIS',
    `Redis does not have "${slot.address}" any more, and nobody deleted it: what was seen last is shown, marked stale. ` +
      'Was it evicted, or deleted by hand? Run an audit with repair, and give Redis the policy noeviction.',
  );
}

function notPublished(slot: Slot): TenantryError {
  return new TenantryError(
    'NOT_PUBLISHED',
    `"${slot.address}" has changed, and its present state cannot be published: what was published last is shown, marked stale. ` +
      'The dead rows of the outbox say why (`replication(orm).deadRows()`).',
  );
}
