import { createPayloadCodec, encodeEnvelope, type FeedChange, type FeedMessage } from '@tenantry/protocol/wire';
import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Sieve } from '../memory/sieve.ts';
import type { Slot } from '../memory/slot.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { admitReply, type ReplyMoment } from './admit-reply.ts';
import { applyMessage } from './apply-message.ts';
import { createEnvelopeOpener } from './open-envelope.ts';

const ADDRESSES = ['a', 'b', 'c', 'd'];
const OWNERS = ['r:1', 'r:2', 'r:3', 'r:4'];
const codec = createPayloadCodec();
const open = createEnvelopeOpener();
const now = () => 1_000;

/** The rules of the script that applies changes. */
class ModelRedis {
  readonly log: FeedMessage[] = [];
  /** What stood under each address after each message. */
  readonly states: Map<string, { owner: string; version: number; envelope: Buffer }>[] = [new Map()];
  readonly #records = new Map<string, { version: number; addresses: readonly string[] }>();

  get head(): number {
    return this.log.length;
  }

  apply(changes: readonly FeedChange[], isPushed: (change: FeedChange) => boolean): void {
    const keys = new Map(this.states[this.head]);
    const applied = changes.filter(change => {
      const { owner, version, addresses, envelope } = change;
      const record = this.#records.get(owner);
      if (record && version <= record.version) return false;
      for (const address of record?.addresses ?? [])
        if (!addresses.includes(address) && keys.get(address)?.owner === owner) keys.delete(address);
      for (const address of addresses)
        if (version > (keys.get(address)?.version ?? 0))
          keys.set(address, { owner, version, envelope: envelope as Buffer });
      this.#records.set(owner, { version, addresses });
      return true;
    });
    if (applied.length === 0) return;
    const pushed = applied.map(change => ({ ...change, envelope: isPushed(change) ? change.envelope : undefined }));
    this.log.push({ kind: 'changes', epoch: 'e', tag: 't', seq: this.head + 1, changes: pushed });
    this.states.push(keys);
  }
}

interface Reply {
  readonly slots: Slot[];
  readonly bytes: (Buffer | null)[];
  readonly seq: number;
  readonly generation: number;
  end(): void;
}

/** A reader to whom everything comes late, in any order that the network allows. */
class ModelReader {
  readonly memory = new TenantMemory('acme', new Sieve(1_000), 0);
  readonly #redis: ModelRedis;
  readonly #random: SeededRandom;
  readonly #replies: Reply[] = [];
  position = 0;

  constructor(redis: ModelRedis, random: SeededRandom) {
    this.#redis = redis;
    this.#random = random;
  }

  hear(): void {
    const message = this.#redis.log[this.position];
    if (!message) return;
    this.position++;
    applyMessage(this.memory, message, open, now);
  }

  /** The feed was trimmed: what came in between is never heard. */
  skip(): void {
    this.position = this.#redis.head;
    this.memory.endContinuity();
  }

  ask(): void {
    const { memory } = this;
    const slots = this.#random
      .shuffle(ADDRESSES)
      .slice(0, this.#random.int(1, 4))
      .map(address => memory.pin(address));
    const state = this.#redis.states[this.#redis.head];
    const ended = memory.replies.open();
    this.#replies.push({
      slots,
      bytes: slots.map(({ address }) => state?.get(address)?.envelope ?? null),
      seq: this.#redis.head,
      generation: memory.generation,
      end() {
        ended();
        for (const slot of slots) memory.unpin(slot);
      },
    });
  }

  /** Some reply arrives. */
  answer(): void {
    const at = this.#random.int(0, this.#replies.length - 1);
    const reply = this.#replies[at];
    if (!reply) return;
    this.#replies.splice(at, 1);
    const { slots, bytes, seq, generation } = reply;
    const relation = generation !== this.memory.generation ? 'unrelated' : seq <= this.position ? 'heard' : 'ahead';
    const moment: ReplyMoment = { generation, seq, relation, absentIsGone: true, now };
    slots.forEach((slot, i) => {
      admitReply(this.memory, slot, bytes[i] ?? null, moment, open);
    });
    reply.end();
  }

  evict(): void {
    const slot = this.#random.pick([...this.memory.slots.values(), undefined]);
    if (slot?.pins === 0) this.memory.forget(slot);
  }

  get isWaiting(): boolean {
    return this.#replies.length > 0;
  }
}

it('whatever comes late, what memory vouches for is what Redis had, and nothing is shown that was passed', () => {
  const { seed } = seededRandom();
  for (let history = 0; history < 400; history++) {
    const random = seededRandom(seed + history);
    const redis = new ModelRedis();
    const reader = new ModelReader(redis, random);
    const shown = new Map<string, number>();
    let clock = 0;
    const steps = [
      () =>
        redis.apply(
          randomChanges(random, () => ++clock),
          () => random.chance(0.8),
        ),
      () => reader.hear(),
      () => reader.ask(),
      () => reader.answer(),
      () => random.chance(0.1) && reader.skip(),
      () => random.chance(0.3) && reader.evict(),
    ];
    for (let step = 0; step < 80; step++) {
      random.pick(steps)();
      check();
    }
    while (reader.isWaiting) reader.answer();
    while (reader.position < redis.head) reader.hear();
    check();

    function check(): void {
      const state = redis.states[reader.position];
      for (const slot of reader.memory.slots.values()) {
        const where = `seed ${random.seed}, ${slot.address}`;
        const stands = state?.get(slot.address);
        if (slot.isConfirmed(now))
          expect([slot.shown.owner, slot.shown.version], where).toEqual(
            stands ? [stands.owner, stands.version] : ['', 0],
          );
        if (slot.state !== 'present') continue;
        const key = `${slot.address} ${slot.shown.owner}`;
        expect(slot.shown.version, where).toBeGreaterThanOrEqual(shown.get(key) ?? 0);
        shown.set(key, slot.shown.version);
      }
      for (const key of shown.keys()) if (!reader.memory.slots.has(key.slice(0, 1))) shown.delete(key);
    }
  }
});

/** A transaction. Versions come late at times, and two records may claim one key. */
function randomChanges(random: SeededRandom, tick: () => number): FeedChange[] {
  return Array.from({ length: random.int(1, 3) }, () => {
    const owner = random.pick(OWNERS);
    const version = Math.max(1, tick() - (random.chance(0.2) ? random.int(0, 5) : 0));
    if (random.chance(0.2)) return { owner, version, op: 'delete', addresses: [], envelope: undefined };
    const addresses = random.shuffle(ADDRESSES).slice(0, random.int(1, 2));
    const envelope = encodeEnvelope({ version, updatedAt: 1, expiresAt: 0, owner, payload: codec.encode(version) });
    return { owner, version, op: 'put', addresses, envelope };
  });
}
