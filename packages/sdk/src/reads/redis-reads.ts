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
  /** Memory has heard the feed up to the reply, and it was live where Redis had nothing. Otherwise the value cannot be called fresh. */
  readonly isHeard: boolean;
  /** Redis had nothing under the address. */
  readonly isMissing: boolean;
}

// More in one MGET would keep other tenants waiting.
const CHUNK = 500;
const ATTEMPTS = 3;

/**
 * Reads from Redis into the memory of one tenant. One read at a time for an address, however many callers ask. All addresses of one tick
 * go in one command, and share its promise. A failure is handed to every waiting caller, and then comes a pause.
 */
export class RedisReads {
  readonly #memory: TenantMemory;
  readonly #gate: FeedGate;
  readonly #parts: ReadParts;
  /** Made for the first failure. */
  #backoff: Backoff | undefined;
  /** The slots that are being read. Undefined: none is, as with most tenants at most times. */
  #flights: Map<Slot, Flight> | undefined;
  /** It takes the slots of this tick. */
  #boarding: Flight | undefined;

  constructor(memory: TenantMemory, gate: FeedGate, parts: ReadParts) {
    this.#memory = memory;
    this.#gate = gate;
    this.#parts = parts;
  }

  /** For so many ms Redis is not asked, because it failed. */
  get pausedMs(): number {
    return this.#backoff?.remainingMs ?? 0;
  }

  /** The failure for which it is not asked. */
  get pausedBy(): TenantryError | undefined {
    return this.#backoff?.error;
  }

  /** Redis answers: it may be asked at once. */
  redisIsBack(): void {
    this.#backoff?.succeeded();
  }

  /** Settles within `readTimeoutMs`. Its caller has pinned the slot, and looks at it afterwards. */
  async read(slot: Slot): Promise<ReadOutcome> {
    const outcome = outcomeOf(slot, await this.#board(slot).landed);
    if (outcome instanceof TenantryError) throw outcome;
    return outcome;
  }

  /** The same for many. `onFailure` is told of each slot that could not be read, and what it throws is thrown. */
  async readMany(slots: readonly Slot[], onFailure: (slot: Slot, error: TenantryError) => void): Promise<void> {
    const boarded: Flight[] = [];
    for (const slot of slots) {
      const { landed } = this.#board(slot);
      const last = boarded.at(-1);
      if (last?.landed === landed) last.slots.push(slot);
      else boarded.push({ slots: [slot], landed });
    }
    for (const { slots: its, landed } of boarded) {
      const outcomes = await landed;
      for (const slot of its) {
        const outcome = outcomeOf(slot, outcomes);
        if (outcome instanceof TenantryError) onFailure(slot, outcome);
      }
    }
  }

  /** The flight that reads the slot: the one that does so already, or the next. */
  #board(slot: Slot): Flight {
    const begun = this.#flights?.get(slot);
    if (begun) return begun;
    const error = this.#backoff?.error;
    if (error) return { slots: [slot], landed: Promise.resolve(error) };
    const flight = this.#boarding ?? this.#nextFlight();
    this.#memory.keep(slot);
    flight.slots.push(slot);
    this.#flights ??= new Map();
    this.#flights.set(slot, flight);
    if (flight.slots.length === CHUNK) this.#boarding = undefined;
    return flight;
  }

  #nextFlight(): Flight {
    const slots: Slot[] = [];
    const flight: Flight = { slots, landed: Promise.resolve().then(() => this.#fly(flight)) };
    this.#boarding = flight;
    return flight;
  }

  async #fly(flight: Flight): Promise<Outcomes> {
    const { slots } = flight;
    if (this.#boarding === flight) this.#boarding = undefined;
    try {
      const reading = this.#readAll(slots);
      const outcomes = await within(this.#parts.options.readTimeoutMs, 'Reading from Redis', reading);
      this.redisIsBack();
      this.#parts.refused(this.#memory.tenant, 'records', undefined);
      return outcomes;
    } catch (error) {
      const failure = asTenantryError(error);
      this.#backoff ??= new Backoff(this.#parts.options);
      this.#backoff.failed(failure);
      if (failure.code === 'FORBIDDEN') this.#parts.refused(this.#memory.tenant, 'records', failure);
      return failure;
    } finally {
      if (this.#flights?.size === slots.length) this.#flights = undefined;
      else for (const slot of slots) this.#flights?.delete(slot);
    }
  }

  /** May end after its callers have given up: memory takes the replies in all the same. Until then the slots are pinned. */
  async #readAll(slots: readonly Slot[]): Promise<ReadonlyMap<Slot, Outcome>> {
    const memory = this.#memory;
    const outcomes = new Map<Slot, Outcome>();
    const replied = memory.replies.open();
    try {
      await this.#gate.opened();
      let missing: readonly Slot[] = memory.shelf ? slots.filter(slot => !this.#isConfirmed(slot, outcomes)) : slots;
      for (let attempt = 1; missing.length > 0 && attempt <= ATTEMPTS; attempt++)
        missing = await this.#readOnce(missing, outcomes);
      for (const slot of missing) outcomes.set(slot, overtakenTooOften(slot));
    } finally {
      replied();
      for (const slot of slots) memory.unpin(slot);
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
    const isHeard = relation === 'heard';
    const overtaken: Slot[] = [];
    slots.forEach((slot, i) => {
      const bytes = envelopes[i] ?? null;
      if (bytes === null) this.#reportMissingSource(slot);
      const admission = this.#admit(slot, bytes, moment);
      if (admission === 'overtaken') overtaken.push(slot);
      else if (admission instanceof TenantryError) outcomes.set(slot, admission);
      else if (bytes === null) outcomes.set(slot, { isHeard: isHeard && moment.absentIsGone, isMissing: true });
      else if (!isHeard) outcomes.set(slot, { isHeard, isMissing: false });
    });
    memory.notifyRead(slots);
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

/** Those of a whole flight, but for the usual one; or why all of it failed. */
type Outcomes = ReadonlyMap<Slot, Outcome> | TenantryError;

/** How nearly every read ends: it is not noted. */
const FOUND: ReadOutcome = Object.freeze({ isHeard: true, isMissing: false });

/** The slots that go in one command. */
interface Flight {
  readonly slots: Slot[];
  /** Never rejects. */
  readonly landed: Promise<Outcomes>;
}

function outcomeOf(slot: Slot, outcomes: Outcomes): Outcome {
  return outcomes instanceof TenantryError ? outcomes : (outcomes.get(slot) ?? FOUND);
}

function overtakenTooOften(slot: Slot): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    `"${slot.address}" changed faster than it could be read, ${ATTEMPTS} times in a row. Try again.`,
  );
}
