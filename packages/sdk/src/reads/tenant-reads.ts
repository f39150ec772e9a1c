import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { type FeedHead, type FeedPosition, type Loads, type ReplicaReader, within } from '@tenantry/redis';
import { type Admission, admitReply, type ReplyMoment } from '../admission/admit-reply.ts';
import { asTenantryError, type OpenEnvelope } from '../admission/open-envelope.ts';
import type { CheckedOptions } from '../client-options.ts';
import { isWholeInRedis } from '../memory/config-freshness.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { Backoff } from './backoff.ts';
import { ConfigLoads } from './config-loads.ts';
import type { ClientCounters } from './counters.ts';

/** What reading needs of the one who follows the feed. */
export interface FeedGate {
  /** Settles when the feed is live, or will not be for now: within a third of `readTimeoutMs`. */
  opened(): Promise<void> | undefined;
  /** The last message that memory has heard. */
  readonly position: FeedPosition | undefined;
  /**
   * True once memory has heard everything up to this head, which was asked for when `before` was the position; false where it did not
   * within a third of `readTimeoutMs`.
   */
  caughtUp(head: FeedHead | undefined, before: FeedPosition | undefined): Promise<boolean>;
  /** It is a moment of the feed that is followed, heard already or still to come. */
  isFollowing(head: FeedHead | undefined): boolean;
}

/** What all tenants of one client share. */
export interface ReadParts {
  readonly reader: ReplicaReader;
  readonly open: OpenEnvelope;
  readonly counters: ClientCounters;
  readonly options: CheckedOptions;
  readonly loads: Loads;
  /** Configs of which it was said that they need a source. */
  readonly unsourced: Set<AnyConfig>;
  report(error: unknown): void;
}

// More in one MGET would keep other tenants waiting.
const CHUNK = 500;
const ATTEMPTS = 3;

/**
 * Reads from Redis into the memory of one tenant. One read at a time for an address, however many ask; all addresses
 * asked for in one tick go in one command; a failure is everybody's who waits, and then there is a pause.
 */
export class TenantReads {
  readonly #memory: TenantMemory;
  readonly #gate: FeedGate;
  readonly #parts: ReadParts;
  readonly #backoff: Backoff;
  /** Undefined without a source. */
  readonly loads: ConfigLoads | undefined;
  #batch: Flight[] | undefined;

  constructor(memory: TenantMemory, gate: FeedGate, parts: ReadParts) {
    this.#memory = memory;
    this.#gate = gate;
    this.#parts = parts;
    this.#backoff = new Backoff(parts.options);
    const { source } = parts.options;
    if (source) this.loads = new ConfigLoads(memory, gate, { ...parts, source, fetch: slot => this.#fetch(slot) });
  }

  get backoff(): Backoff {
    return this.#backoff;
  }

  /**
   * Brings a slot up to date; its holder looks at it afterwards. Settles within `readTimeoutMs`, or with what loading a
   * config may take besides; with false where the feed could not be heard up to the reply, so that what was read cannot be
   * called fresh.
   */
  request(slot: Slot): Promise<boolean> {
    return this.loads && this.#memory.hasSourceOf(slot) ? this.loads.request(slot) : this.#fetch(slot);
  }

  #fetch(slot: Slot): Promise<boolean> {
    const error = this.#backoff.error;
    if (slot.flight) return slot.flight;
    if (error) return Promise.reject(error);
    const flight: Flight = { slot: this.#memory.hold(slot.address), ...Promise.withResolvers<boolean>() };
    slot.flight = flight.promise;
    // All who wait may have gone.
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
      const read = this.#read(flights.map(({ slot }) => slot));
      outcomes = await within(this.#parts.options.readTimeoutMs, 'Reading from Redis', read);
      this.#backoff.succeeded();
    } catch (error) {
      failure = asTenantryError(error);
      this.#backoff.failed(failure);
    }
    for (const { slot, resolve, reject } of flights) {
      slot.flight = undefined;
      const outcome = failure ?? outcomes.get(slot) ?? overtakenTooOften(slot);
      if (outcome instanceof TenantryError) reject(outcome);
      else resolve(outcome);
      this.#memory.release(slot);
    }
  }

  /** May end after its callers have given up: what it brings is taken in all the same. */
  async #read(slots: readonly Slot[]): Promise<ReadonlyMap<Slot, Outcome>> {
    const memory = this.#memory;
    const outcomes = new Map<Slot, Outcome>();
    await this.#gate.opened();
    const held = slots.map(({ address }) => memory.hold(address));
    const replied = memory.awaitReply();
    try {
      let missing: readonly Slot[] = held;
      for (let attempt = 1; missing.length > 0 && attempt <= ATTEMPTS; attempt++)
        missing = await this.#readOnce(missing, outcomes);
    } finally {
      replied();
      for (const slot of held) memory.release(slot);
    }
    return outcomes;
  }

  /** Answers for which slots another read is needed. */
  async #readOnce(slots: readonly Slot[], outcomes: Map<Slot, Outcome>): Promise<readonly Slot[]> {
    const memory = this.#memory;
    const { reader, counters, options } = this.#parts;
    const { generation } = memory;
    counters.reads++;
    const addresses = slots.map(({ address }) => address);
    const before = this.#gate.position;
    const { envelopes, head } = await reader.read(memory.tenant, addresses);
    // Memory first hears what the reply includes. Otherwise it would show one record of a transaction that it has
    // not yet heard of, beside the old state of another:
    //   writer: apply 7 (a and b), push
    //   reader:                           reply for a, as of 7
    //   reader:                                                  message 7   → between the two, a is new and b is old
    const hasHeard = await this.#gate.caughtUp(head, before);
    const isSameLife = memory.generation === generation && this.#gate.isFollowing(head);
    const standing = !isSameLife ? 'unrelated' : hasHeard ? 'heard' : 'ahead';
    const moment: ReplyMoment = {
      generation,
      seq: head?.seq ?? 0,
      standing,
      absentIsGone: memory.live,
      now: options.clock,
    };
    const missing: Slot[] = [];
    slots.forEach((slot, i) => {
      slot.missing = !envelopes[i];
      if (slot.missing) this.#needsSource(slot);
      const admission = this.#admit(slot, envelopes[i] ?? null, moment);
      if (admission === 'overtaken') missing.push(slot);
      else outcomes.set(slot, admission instanceof TenantryError ? admission : standing === 'heard');
    });
    memory.notify(new Set([...slots, ...memory.beyond]));
    return missing;
  }

  /** Said once: without a source a process may never learn the value of such a config. */
  #needsSource({ config }: Slot): void {
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
    try {
      const admission = admitReply(this.#memory, slot, bytes, moment, open);
      if (admission === 'overtaken' || admission === 'kept') counters.overtaken++;
      if (admission === 'older') counters.olderInRedis++;
      if (admission === 'lost') {
        counters.lostInRedis++;
        report(slot.trouble);
      }
      return admission;
    } catch (error) {
      counters.undecodable++;
      report(error);
      return asTenantryError(error);
    }
  }
}

/** Whether the feed was heard up to the reply, or what was wrong with it. */
type Outcome = boolean | TenantryError;

interface Flight extends PromiseWithResolvers<boolean> {
  readonly slot: Slot;
}

function overtakenTooOften(slot: Slot): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    `"${slot.address}" changed faster than it could be read, ${ATTEMPTS} times in a row. Try again.`,
  );
}
