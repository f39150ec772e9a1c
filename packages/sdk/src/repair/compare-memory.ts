import { TenantryError } from '@tenantry/protocol';
import type { FeedHead, FeedPosition, ReplicaReader } from '@tenantry/redis';
import { admitReply, seenElsewhere } from '../admission/admit-reply.ts';
import { isOtherWrite } from '../admission/is-reused-version.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { ReadParts } from '../reads/tenant-reads.ts';

export interface CompareParts extends ReadParts {
  readonly reader: ReplicaReader;
  readonly absentIsGone: boolean;
  /** The last message that memory has heard. */
  position(): FeedPosition | undefined;
  /** Memory has heard everything up to this head, which was asked for when `before` was the position. */
  caughtUp(head: FeedHead | undefined, before: FeedPosition | undefined): Promise<boolean>;
}

/** What a comparison found. */
export interface Comparison {
  /** False: the feed could not be brought up to the moment of the reads, so nothing was taken in. */
  readonly compared: boolean;
  /** How many slots were not what Redis has. */
  readonly changed: number;
  /** How many of them memory would have called fresh. */
  readonly unnoticed: number;
}

interface Reply {
  readonly slot: Slot;
  readonly bytes: Buffer | null;
  readonly seq: number;
}

const CHUNK = 500;

/**
 * Compares slots with Redis and takes in what is different, all of it in one step at the end: taken in chunk by chunk,
 * one record of a transaction would be shown before another.
 */
export async function compareMemory(
  memory: TenantMemory,
  slots: readonly Slot[],
  parts: CompareParts,
): Promise<Comparison> {
  const { reader, open, counters, report, options, absentIsGone } = parts;
  const { generation } = memory;
  const now = options.clock;
  const replies: Reply[] = [];
  const replied = memory.awaitReply();
  try {
    let last: FeedHead | undefined;
    let before: FeedPosition | undefined;
    for (let i = 0; i < slots.length; i += CHUNK) {
      const chunk = slots.slice(i, i + CHUNK).filter(isStillHeld);
      if (chunk.length === 0) continue;
      const addresses = chunk.map(({ address }) => address);
      before = parts.position();
      const { envelopes, head } = await reader.read(memory.tenant, addresses);
      if (last && head?.epoch !== last.epoch) return NOT_COMPARED;
      last = head;
      if (memory.generation !== generation) return NOT_COMPARED;
      chunk.forEach((slot, at) => {
        const reply = { slot, bytes: envelopes[at] ?? null, seq: head?.seq ?? 0 };
        // Nothing to show, so no need to wait with it; and most of a large memory is not kept twice.
        // Not as of a message that is still to be heard: where Redis goes back before it is, another one has its number.
        if (isSame(reply)) memory.vouch(slot, Math.min(reply.seq, parts.position()?.seq ?? 0));
        else replies.push(reply);
      });
    }
    if (replies.length === 0) return { ...NOT_COMPARED, compared: true };
    if (!(await parts.caughtUp(last, before)) || memory.generation !== generation) return NOT_COMPARED;
    let changed = 0;
    let unnoticed = 0;
    for (const { slot, bytes, seq } of replies) {
      if (!isStillHeld(slot)) continue;
      const wasKnown = slot.state !== 'unknown' && !slot.isExpired(now);
      // Asked now, not when the read began: a message may have said meanwhile that the value is old.
      const wasVouchedFor = slot.isVouchedFor(now);
      const wasBeyond = slot.beyond !== '';
      try {
        const admission = admitReply(
          memory,
          slot,
          bytes,
          { generation, seq, standing: 'heard', absentIsGone, now },
          open,
        );
        if (admission === 'changed' && wasKnown) changed++;
        if (admission === 'changed' && wasVouchedFor) unnoticed++;
        if (admission === 'older' && !wasBeyond) {
          counters.olderInRedis++;
          report(olderInRedis(slot));
        }
        if (admission === 'lost') {
          counters.lostInRedis++;
          report(slot.trouble);
        }
      } catch (error) {
        counters.undecodable++;
        report(error);
      }
    }
    memory.notify(new Set([...replies.map(({ slot }) => slot), ...memory.beyond]));
    return { compared: true, changed, unnoticed };
  } finally {
    replied();
  }

  function isStillHeld(slot: Slot): boolean {
    return memory.slots.get(slot.address) === slot;
  }

  function isSame({ slot, bytes, seq }: Reply): boolean {
    const hasHeardMore = slot.generation === generation && slot.seq > seq;
    if (bytes === null || hasHeardMore || slot.state !== 'present' || slot.isExpired(now)) return false;
    // Whoever watches was told that it is stale, also while the feed is live: to be told that it no longer is.
    if (slot.trouble || slot.beyond) return false;
    try {
      const envelope = open(bytes);
      const { owner, version } = envelope;
      const isSameVersion = slot.owner === owner && slot.version === version && memory.shown(owner) <= version;
      if (!isSameVersion || envelope.isAbsent || seenElsewhere(memory, owner, seq) > version) return false;
      if (isOtherWrite(slot, envelope.updatedAt, () => envelope.record(slot.config).value)) return false;
      memory.renew(slot, envelope);
      return true;
    } catch {
      // The last step tries again, and reports it.
      return false;
    }
  }
}

const NOT_COMPARED: Comparison = Object.freeze({ compared: false, changed: 0, unnoticed: 0 });

function olderInRedis(slot: Slot): TenantryError {
  return new TenantryError(
    'INVALID_VERSION',
    `Redis has an older state of "${slot.address}" than ${slot.version > 0 ? `version ${slot.version}` : 'its deletion'}, which was ` +
      'seen before: the newer one is shown. Was Redis or the database restored from a backup? Then publish everything again.',
  );
}
