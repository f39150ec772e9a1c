import { TenantryError } from '@tenantry/protocol';
import { within } from '@tenantry/redis';
import { type Admission, admitReply, type ReplyMoment } from '../admission/admit-reply.ts';
import { asTenantryError } from '../admission/open-envelope.ts';
import { isWholeInRedis } from '../memory/config-freshness.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { Backoff } from './backoff.ts';
import type { FeedGate, ReadParts } from './read-parts.ts';

/** How the read of one address ended. */
export interface ReadOutcome {
  /** Memory has heard the feed up to the reply. Otherwise the value cannot be called fresh. */
  readonly isHeard: boolean;
  /** Redis had nothing under the address. */
  readonly isMissing: boolean;
}

// More in one MGET would keep other tenants waiting.
const CHUNK = 500;
const ATTEMPTS = 3;

/**
 * Reads from Redis into the memory of one tenant. One read at a time for an address, however many callers ask. All addresses of one tick
 * go in one command. A failure is handed to every waiting caller, and then comes a pause.
 */
export class RedisReads {
  readonly backoff: Backoff;
  readonly #memory: TenantMemory;
  readonly #gate: FeedGate;
  readonly #parts: ReadParts;
  /** The reads that are on their way. */
  readonly #flights = new Map<Slot, Promise<ReadOutcome>>();
  #batch: Flight[] | undefined;

  constructor(memory: TenantMemory, gate: FeedGate, parts: ReadParts) {
    this.#memory = memory;
    this.#gate = gate;
    this.#parts = parts;
    this.backoff = new Backoff(parts.options);
  }

  /** Settles within `readTimeoutMs`. Its caller has pinned the slot, and looks at it afterwards. */
  read(slot: Slot): Promise<ReadOutcome> {
    const { error } = this.backoff;
    const begun = this.#flights.get(slot);
    if (begun) return begun;
    if (error) return Promise.reject(error);
    const flight: Flight = { slot: this.#memory.pin(slot.address), ...Promise.withResolvers<ReadOutcome>() };
    this.#flights.set(slot, flight.promise);
    // All waiting callers may have gone.
    flight.promise.catch(() => undefined);
    if (this.#batch) this.#batch.push(flight);
    else {
      this.#batch = [flight];
      queueMicrotask(() => this.#send());
    }
    return flight.promise;
  }

  #send(): void {
    const batch = this.#batch ?? [];
    this.#batch = undefined;
    for (let i = 0; i < batch.length; i += CHUNK) void this.#fly(batch.slice(i, i + CHUNK));
  }

  async #fly(flights: readonly Flight[]): Promise<void> {
    let outcomes: ReadonlyMap<Slot, Outcome> = new Map();
    let failure: TenantryError | undefined;
    try {
      const reading = this.#readAll(flights.map(({ slot }) => slot));
      outcomes = await within(this.#parts.options.readTimeoutMs, 'Reading from Redis', reading);
      this.backoff.succeeded();
    } catch (error) {
      failure = asTenantryError(error);
      this.backoff.failed(failure);
    }
    for (const { slot, resolve, reject } of flights) {
      this.#flights.delete(slot);
      const outcome = failure ?? outcomes.get(slot) ?? overtakenTooOften(slot);
      if (outcome instanceof TenantryError) reject(outcome);
      else resolve(outcome);
      this.#memory.unpin(slot);
    }
  }

  /** May end after its callers have given up: memory takes the replies in all the same. */
  async #readAll(slots: readonly Slot[]): Promise<ReadonlyMap<Slot, Outcome>> {
    const memory = this.#memory;
    const outcomes = new Map<Slot, Outcome>();
    // Before anything else: a tenant that waits for its feed must not be let go.
    const pinned = slots.map(({ address }) => memory.pin(address));
    const replied = memory.replies.open();
    try {
      await this.#gate.opened();
      let missing: readonly Slot[] = pinned.filter(slot => !this.#isConfirmed(slot, outcomes));
      for (let attempt = 1; missing.length > 0 && attempt <= ATTEMPTS; attempt++)
        missing = await this.#readOnce(missing, outcomes);
    } finally {
      replied();
      for (const slot of pinned) memory.unpin(slot);
    }
    return outcomes;
  }

  /** What a snapshot file had, and the feed has confirmed as soon as it was live. */
  #isConfirmed(slot: Slot, outcomes: Map<Slot, Outcome>): boolean {
    const isConfirmed = this.#memory.live && slot.isFresh(this.#parts.now);
    if (isConfirmed) outcomes.set(slot, { isHeard: true, isMissing: slot.state === 'absent' });
    return isConfirmed;
  }

  /** Answers with the slots that need another read. */
  async #readOnce(slots: readonly Slot[], outcomes: Map<Slot, Outcome>): Promise<readonly Slot[]> {
    const memory = this.#memory;
    const { reader, counters, now } = this.#parts;
    const { generation } = memory;
    counters.reads++;
    const addresses = slots.map(({ address }) => address);
    const before = this.#gate.position;
    const { envelopes, head } = await reader.read(memory.tenant, addresses);
    // Memory first hears the messages that the reply includes. Otherwise it would show one record of a transaction that it has not yet
    // heard of, beside the old state of another:
    //   writer: apply 7 (a and b), push
    //   reader:                           reply for a, as of 7
    //   reader:                                                  message 7   → between the two, a is new and b is old
    const hasHeard = await this.#gate.caughtUp(head, before);
    const isSameLife = memory.generation === generation && this.#gate.isFollowing(head);
    const relation = !isSameLife ? 'unrelated' : hasHeard ? 'heard' : 'ahead';
    const seq = head?.seq ?? 0;
    const moment: ReplyMoment = { generation, seq, relation, absentIsGone: memory.live, now };
    const overtaken: Slot[] = [];
    slots.forEach((slot, i) => {
      const bytes = envelopes[i] ?? null;
      if (bytes === null) this.#reportMissingSource(slot);
      const admission = this.#admit(slot, bytes, moment);
      if (admission === 'overtaken') overtaken.push(slot);
      else if (admission instanceof TenantryError) outcomes.set(slot, admission);
      else outcomes.set(slot, { isHeard: relation === 'heard', isMissing: bytes === null });
    });
    memory.notify(new Set([...slots, ...memory.ahead]));
    return overtaken;
  }

  /** Reported once for a config: without a source a process may never learn its value. */
  #reportMissingSource({ config }: Slot): void {
    const { options, unsourced, report } = this.#parts;
    if (!config || options.source || isWholeInRedis(config) || unsourced.has(config)) return;
    unsourced.add(config);
    report(
      new TenantryError(
        'NOT_KEPT',
        `"${config.name}" is not always in Redis, by its \`writePolicy\`, \`cache\` or \`maxStale\`, and this client has no \`source\`: ` +
          'it shows what it has as stale and cannot tell whether the config is set. Give `createClient` a source.',
      ),
    );
  }

  #admit(slot: Slot, bytes: Buffer | null, moment: ReplyMoment): Admission | TenantryError {
    const { open, counters, report } = this.#parts;
    const before = slot.knowledge.trouble?.code;
    try {
      const admission = admitReply(this.#memory, slot, bytes, moment, open);
      if (admission === 'overtaken' || admission === 'kept') counters.overtaken++;
      if (admission === 'older') counters.olderInRedis++;
      if (admission === 'lost') counters.lostInRedis++;
      const { trouble } = slot.knowledge;
      if (admission === 'lost' || (trouble?.code === 'NOT_PUBLISHED' && trouble.code !== before)) report(trouble);
      return admission;
    } catch (error) {
      counters.undecodable++;
      report(error);
      return asTenantryError(error);
    }
  }
}

/** Or the error of the reply. */
type Outcome = ReadOutcome | TenantryError;

interface Flight extends PromiseWithResolvers<ReadOutcome> {
  readonly slot: Slot;
}

function overtakenTooOften(slot: Slot): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    `"${slot.address}" changed faster than it could be read, ${ATTEMPTS} times in a row. Try again.`,
  );
}
