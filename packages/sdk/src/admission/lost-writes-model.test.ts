import type { FeedMessage } from '@tenantry/protocol/wire';
import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Sieve } from '../memory/sieve.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { configPut, limits } from '../published-configs.fixture.ts';
import { admitReply, type ReplyMoment } from './admit-reply.ts';
import { applyMessage } from './apply-message.ts';
import { createEnvelopeOpener } from './open-envelope.ts';

const open = createEnvelopeOpener();
const now = () => 1_000;

interface State {
  readonly version: number;
  /** Undefined: it is unset. */
  readonly most: number | undefined;
}

/** One config that is written back, in a Redis that loses what was not flushed. */
class ModelRedis {
  /** Each life of the feed: its messages, and what stood there after each. */
  readonly lives: { readonly log: FeedMessage[]; readonly states: State[] }[] = [];
  #database: State = { version: 0, most: undefined };
  #writes = 0;

  constructor() {
    this.#begin(this.#database);
  }

  get life(): number {
    return this.lives.length - 1;
  }

  get head(): number {
    return this.#current.log.length;
  }

  get state(): State {
    return this.#current.states.at(-1) as State;
  }

  set(isPushed: boolean): void {
    this.#write({ version: this.state.version + 1, most: ++this.#writes }, isPushed);
  }

  unset(): void {
    this.#write({ version: this.state.version + 1, most: undefined }, true);
  }

  flush(): void {
    this.#database = this.state;
  }

  /** What it has then is what the database has, or a snapshot. */
  lose(random: SeededRandom): void {
    const snapshot = random.pick(this.#current.states);
    this.#begin(random.chance(0.5) && snapshot.version > this.#database.version ? snapshot : this.#database);
  }

  get #current() {
    return this.lives[this.life] as (typeof this.lives)[number];
  }

  #begin(state: State): void {
    this.lives.push({ log: [], states: [state] });
  }

  #write(state: State, isPushed: boolean): void {
    const change = configPut(limits, state.version, { most: state.most });
    const changes =
      state.most === undefined
        ? [{ ...change, op: 'delete' as const, addresses: [], envelope: undefined }]
        : [{ ...change, envelope: isPushed ? change.envelope : undefined }];
    this.#current.log.push({ kind: 'changes', epoch: String(this.life), tag: 't', seq: this.head + 1, changes });
    this.#current.states.push(state);
  }
}

interface Reply {
  readonly bytes: Buffer | null;
  readonly life: number;
  readonly seq: number;
  readonly generation: number;
  readonly end: () => void;
}

/** A reader to whom everything comes late, the end of the feed's life too. */
class ModelReader {
  readonly memory = new TenantMemory('acme', new Sieve(10), 0);
  readonly slot = this.memory.pin(limits.address, limits);
  readonly #redis: ModelRedis;
  readonly #random: SeededRandom;
  readonly #replies: Reply[] = [];
  #life = 0;
  #position = 0;

  constructor(redis: ModelRedis, random: SeededRandom) {
    this.#redis = redis;
    this.#random = random;
  }

  get heard(): State | undefined {
    return this.#redis.lives[this.#life]?.states[this.#position];
  }

  get isBehind(): boolean {
    return this.#life < this.#redis.life || this.#position < this.#redis.head;
  }

  get isWaiting(): boolean {
    return this.#replies.length > 0;
  }

  hear(): void {
    const message = this.#redis.lives[this.#life]?.log[this.#position];
    if (message) {
      this.#position++;
      applyMessage(this.memory, message, open, now);
    } else if (this.isBehind) this.notice();
  }

  /** That the feed began anew, or was trimmed. */
  notice(): void {
    this.memory.endContinuity();
    this.#life = this.#redis.life;
    this.#position = this.#redis.head;
  }

  ask(): void {
    const { head: seq, life, state } = this.#redis;
    const { most, version } = state;
    const bytes = most === undefined ? null : (configPut(limits, version, { most }).envelope as Buffer);
    this.#replies.push({ bytes, life, seq, generation: this.memory.generation, end: this.memory.replies.open() });
  }

  answer(): void {
    const at = this.#random.int(0, this.#replies.length - 1);
    const [reply] = this.#replies.splice(at, 1);
    if (!reply) return;
    const { bytes, life, seq, generation, end } = reply;
    const isSameLife = generation === this.memory.generation && life === this.#life;
    const relation = !isSameLife ? 'unrelated' : seq <= this.#position ? 'heard' : 'ahead';
    const moment: ReplyMoment = { generation, seq, relation, absentIsGone: true, now };
    admitReply(this.memory, this.slot, bytes, moment, open);
    end();
  }
}

it('whatever Redis loses and gives again, what memory vouches for is what Redis has, and the next version above ends all doubt', () => {
  const { seed } = seededRandom();
  for (let history = 0; history < 1_000; history++) {
    const random = seededRandom(seed + history);
    const redis = new ModelRedis();
    const reader = new ModelReader(redis, random);
    const { slot } = reader;
    const where = `seed ${random.seed}`;
    let highest = 0;
    const steps = [
      () => redis.set(random.chance(0.7)),
      () => redis.set(true),
      () => random.chance(0.3) && redis.unset(),
      () => random.chance(0.3) && redis.flush(),
      () => random.chance(0.3) && redis.lose(random),
      () => reader.hear(),
      () => reader.hear(),
      () => random.chance(0.1) && reader.notice(),
      () => reader.ask(),
      () => reader.answer(),
    ];
    for (let step = 0; step < 60; step++) {
      random.pick(steps)();
      check();
    }
    settle();
    const { version, most } = redis.state;
    // Not below what was seen, or nothing at all.
    if (version >= highest || most === undefined) expect(slot.isConfirmed(now), where).toBe(true);
    while (redis.state.version <= highest) redis.set(random.chance(0.7));
    settle();
    expect(slot.isConfirmed(now), where).toBe(true);

    /** All is heard, and what is not vouched for is read once more. */
    function settle(): void {
      while (reader.isWaiting) reader.answer();
      while (reader.isBehind) reader.hear();
      check();
      if (!slot.isConfirmed(now)) reader.ask();
      reader.answer();
      check();
    }

    function check(): void {
      const most = slot.isPresent(now) ? (slot.value as { most: number }).most : undefined;
      if (slot.isConfirmed(now)) expect(most, where).toBe(reader.heard?.most);
      const seen = slot.isPresent(now) ? slot.shown.version : slot.former.version + 1;
      expect(seen, where).toBeGreaterThanOrEqual(highest);
      highest = seen;
    }
  }
});
