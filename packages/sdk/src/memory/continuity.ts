import { Knowledge, NOTHING_KNOWN } from './knowledge.ts';

/**
 * How well the memory of one tenant follows its feed. A continuity is a stretch of time without a gap: memory heard every message in it.
 * All slots of a tenant share this object.
 */
export class Continuity {
  /** True: memory hears every change. */
  live = false;
  /** The time at which the feed was last live, ms since 1970. */
  lostAt: number;
  /** The number of this continuity. A slot of an earlier one must be compared with Redis again. */
  generation = 1;
  #confirmed = NOTHING_KNOWN;

  constructor(startedAt: number) {
    this.lostAt = startedAt;
  }

  /** Clients show since when memory may be behind, so the time of a loss is kept. */
  setLive(live: boolean, clock: () => number): void {
    if (this.live && !live) this.lostAt = clock();
    this.live = live;
  }

  /** What is known of a slot that says what Redis had at that message. The same object for all of them, as one reply confirms many. */
  confirmedAt(seq: number): Knowledge {
    const { generation, seq: last } = this.#confirmed;
    if (generation !== this.generation || seq !== last) this.#confirmed = new Knowledge(this.generation, seq);
    return this.#confirmed;
  }

  /** Begins the next continuity. Nothing is confirmed in it yet. */
  end(): void {
    this.generation++;
  }
}
