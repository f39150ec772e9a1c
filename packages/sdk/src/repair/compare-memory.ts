import { setImmediate as nextTurn } from 'node:timers/promises';
import { TenantryError } from '@tenantry/protocol';
import type { FeedHead, FeedPosition, ReplicaReader } from '@tenantry/redis';
import { admitReply, seenElsewhere } from '../admission/admit-reply.ts';
import { isReusedVersion } from '../admission/is-reused-version.ts';
import type { OpenedEnvelope } from '../admission/open-envelope.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { FeedGate, ReadParts } from '../reads/read-parts.ts';

export interface CompareParts extends ReadParts {
  readonly reader: ReplicaReader;
  readonly absentIsGone: boolean;
  /** The last message that memory has heard. */
  position(): FeedPosition | undefined;
  /** Memory has heard every message up to this head, which Redis gave after memory was at `before`. */
  caughtUp(head: FeedHead | undefined, before: FeedPosition | undefined): Promise<boolean>;
}

/** What a comparison needs of the follower of the feed. `absentIsGone`: what Redis does not have was deleted. */
export function compareParts(
  parts: ReadParts & { readonly repairReader: ReplicaReader },
  gate: FeedGate,
  absentIsGone: boolean,
): CompareParts {
  return {
    ...parts,
    reader: parts.repairReader,
    absentIsGone,
    position: () => gate.position,
    caughtUp: (head, before) => gate.caughtUp(head, before),
  };
}

/** The result of a comparison. */
export interface Comparison {
  /** False: memory could not hear the feed up to the moment of the reads, so it took nothing in. */
  readonly compared: boolean;
  /** How many slots differed from Redis. */
  readonly changed: number;
  /** How many of them memory would have called fresh. */
  readonly unnoticed: number;
}

interface Reply {
  readonly slot: Slot;
  readonly bytes: Buffer | null;
  readonly seq: number;
  /** With its record decoded; undefined where that cannot be. */
  opened?: OpenedEnvelope | undefined;
}

const CHUNK = 500;

/** So many are decoded in one turn of the event loop: a caller whose value is in memory waits for no more. */
const DECODED_A_TURN = 50;

/**
 * Compares slots with Redis and takes in the differences, all of them in one step at the end: taken in chunk by chunk, one record of a
 * transaction would be shown before another.
 */
export async function compareMemory(
  memory: TenantMemory,
  slots: readonly Slot[],
  parts: CompareParts,
): Promise<Comparison> {
  const replied = memory.replies.open();
  try {
    return await new MemoryComparison(memory, parts).run(slots);
  } finally {
    replied();
  }
}

class MemoryComparison {
  readonly #memory: TenantMemory;
  readonly #parts: CompareParts;
  /** The continuity of the feed in which it began. It says nothing about another one. */
  readonly #generation: number;
  readonly #now: () => number;
  /** The replies that differ from memory. */
  readonly #different: Reply[] = [];
  #head: FeedHead | undefined;
  #before: FeedPosition | undefined;
  #changed = 0;
  #unnoticed = 0;

  constructor(memory: TenantMemory, parts: CompareParts) {
    this.#memory = memory;
    this.#parts = parts;
    this.#generation = memory.generation;
    this.#now = parts.now;
  }

  async run(slots: readonly Slot[]): Promise<Comparison> {
    for (let i = 0; i < slots.length; i += CHUNK)
      if (!(await this.#readChunk(slots.slice(i, i + CHUNK)))) return NOT_COMPARED;
    if (this.#different.length === 0) return { ...NOT_COMPARED, compared: true };
    const hasHeard = await this.#parts.caughtUp(this.#head, this.#before);
    if (!hasHeard || this.#memory.generation !== this.#generation) return NOT_COMPARED;
    for (const reply of this.#different) if (this.#isStillHeld(reply.slot)) this.#takeIn(reply);
    this.#memory.notifyRead(this.#different.map(({ slot }) => slot));
    return { compared: true, changed: this.#changed, unnoticed: this.#unnoticed };
  }

  /** Answers false where the feed began anew meanwhile. */
  async #readChunk(slots: readonly Slot[]): Promise<boolean> {
    const memory = this.#memory;
    const chunk = slots.filter(slot => this.#isStillHeld(slot));
    if (chunk.length === 0) return true;
    this.#before = this.#parts.position();
    const addresses = chunk.map(({ address }) => address);
    const { envelopes, head } = await this.#parts.reader.read(memory.tenant, addresses);
    if (this.#head && head?.epoch !== this.#head.epoch) return false;
    this.#head = head;
    if (memory.generation !== this.#generation) return false;
    const first = this.#different.length;
    chunk.forEach((slot, at) => {
      const reply = { slot, bytes: envelopes[at] ?? null, seq: head?.seq ?? 0 };
      // An equal one is confirmed at once: there is nothing to show, and most of a large memory is not kept twice. Not as of a message that
      // memory has still to hear: where Redis goes back before that, another message gets its number.
      if (this.#isSame(reply)) memory.confirm(slot, Math.min(reply.seq, this.#parts.position()?.seq ?? 0));
      else this.#different.push(reply);
    });
    await this.#decode(first);
    return true;
  }

  /** The last step takes in all that differs at once. What can be done before it, is done in small parts. */
  async #decode(first: number): Promise<void> {
    for (let i = first; i < this.#different.length; i++) {
      if (i > first && (i - first) % DECODED_A_TURN === 0) await nextTurn();
      const reply = this.#different[i] as Reply;
      reply.opened = this.#openedWhole(reply);
    }
  }

  #openedWhole({ slot, bytes }: Reply): OpenedEnvelope | undefined {
    if (bytes === null) return undefined;
    try {
      const opened = this.#parts.open(bytes);
      if (opened.isAbsent || opened.isNever) return opened;
      const record = opened.record(slot.config);
      return { ...opened, record: () => record };
    } catch {
      // The last step tries again, and reports it.
      return undefined;
    }
  }

  #takeIn({ slot, bytes, seq, opened }: Reply): void {
    const { counters, report, absentIsGone } = this.#parts;
    const open = opened ? () => opened : this.#parts.open;
    const [generation, now] = [this.#generation, this.#now];
    const wasKnown = slot.state !== 'unknown' && !slot.isExpired(now);
    // Asked now, not when the read began: a message may have told meanwhile that the value is old.
    const wasConfirmed = slot.isConfirmed(now);
    const wasAhead = slot.knowledge.aheadOfRedis !== '';
    const before = slot.knowledge.trouble?.code;
    try {
      const moment = { generation, seq, relation: 'heard' as const, absentIsGone, now };
      const admission = admitReply(this.#memory, slot, bytes, moment, open);
      if (admission === 'changed' && wasKnown) this.#changed++;
      if (admission === 'changed' && wasConfirmed) this.#unnoticed++;
      if (admission === 'older' && !wasAhead) {
        counters.olderInRedis++;
        report(olderInRedis(slot));
      }
      if (admission === 'lost') counters.lostInRedis++;
      const { trouble } = slot.knowledge;
      if (admission === 'lost' || (trouble?.code === 'NOT_PUBLISHED' && trouble.code !== before)) report(trouble);
    } catch (error) {
      counters.undecodable++;
      report(error);
    }
  }

  #isStillHeld(slot: Slot): boolean {
    return this.#memory.slots.get(slot.address) === slot;
  }

  #isSame({ slot, bytes, seq }: Reply): boolean {
    const { knowledge, shown, state, config } = slot;
    const hasHeardMore = knowledge.generation === this.#generation && knowledge.seq > seq;
    if (bytes === null || hasHeardMore || state !== 'present' || slot.isExpired(this.#now)) return false;
    // Watchers know that it is stale, also while the feed is live: they must hear that it no longer is.
    if (knowledge.trouble || knowledge.aheadOfRedis !== '') return false;
    try {
      const envelope = this.#parts.open(bytes);
      const { owner, version } = envelope;
      const isSameVersion =
        shown.owner === owner && shown.version === version && this.#memory.replies.heardOf(owner) <= version;
      if (!isSameVersion || envelope.isAbsent || envelope.isBehind) return false;
      if (seenElsewhere(this.#memory, this.#memory.ownedBy(owner), seq) > version) return false;
      if (isReusedVersion(slot, envelope.updatedAt, () => envelope.record(config).value)) return false;
      this.#memory.renew(slot, envelope);
      return true;
    } catch {
      // The last step tries again, and reports it.
      return false;
    }
  }
}

const NOT_COMPARED: Comparison = Object.freeze({ compared: false, changed: 0, unnoticed: 0 });

function olderInRedis({ address, shown }: Slot): TenantryError {
  return new TenantryError(
    'INVALID_VERSION',
    `Redis has an older state of "${address}" than ${shown.version > 0 ? `version ${shown.version}` : 'its deletion'}, which was ` +
      'seen before: the newer one is shown. Was Redis or the database restored from a backup? Then publish everything again.',
  );
}
