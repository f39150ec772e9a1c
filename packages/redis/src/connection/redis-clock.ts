import type { RedisClient } from './redis-client.ts';

/** The time by the clock of Redis, which all processes share, as far as this process knows it. */
export interface RedisClock {
  /** Whole ms since 1970. Until Redis has told its time, the process's own clock. Costs no round trip. */
  readonly now: () => number;
  /** Redis has told its time. */
  readonly isKnown: boolean;
  /** Asks for the time. Called right before other commands, it is sent with them. Never rejects, and never connects. */
  measure(redis: RedisClient): Promise<void>;
}

/** What one answer tells. */
interface Measured {
  /** What is to be added to the local clock, in ms. */
  readonly offset: number;
  /** Half of the round trip: the offset is at most so far from the truth. */
  readonly margin: number;
  /** When it was measured, by the monotonic clock. */
  readonly at: number;
}

// So much two clocks that nobody sets may come apart, in ms for each ms: more than quartz does.
const DRIFT = 1e-4;
/** A test holds a clock at the time at which it began: so little is no mistake of a clock that is given. */
const HELD_MS = 30_000;
/** Less than that is no news for those who wait for a moment. */
const MOVED_MS = 5;

/**
 * Follows the clock of Redis. Of the answers, the one with the shortest round trip counts:
 *
 *   here:   t0 asks                       t1 has the answer T
 *   Redis:             T                                        → T was at (t0 + t1) / 2, or half a round trip beside it
 *
 * An answer that contradicts the one that counts says that a clock was set, or that another server answers: it counts from then on.
 * The local side is a clock that nobody sets. A `given` clock takes its place: it may be wrong, and what it does after the first answer
 * counts as time that passes, so that a test can hold it; up to half a minute it counts as right. `onMove` is told when `now` has moved by more than time did.
 */
export function createRedisClock(given?: () => number, onMove: () => void = () => undefined): RedisClock {
  const local = given ?? (() => performance.now());
  const own = given ?? Date.now;
  let best: Measured | undefined;
  let offset = 0;

  function take(measured: Measured): void {
    if (best) {
      const grown = best.margin + (measured.at - best.at) * DRIFT;
      const isApart = Math.abs(measured.offset - best.offset) > measured.margin + grown;
      if (isApart ? given : measured.margin > grown) return;
    }
    const before = best ? offset : own() - local();
    best = given && Math.abs(measured.offset) < HELD_MS ? { ...measured, offset: 0, margin: 0 } : measured;
    offset = best.offset;
    if (Math.abs(offset - before) > MOVED_MS) onMove();
  }

  return {
    now: () => Math.floor(best === undefined ? own() : local() + offset),
    get isKnown() {
      return best !== undefined;
    },
    async measure(redis) {
      if (redis.status !== 'ready') return;
      const askedAt = performance.now();
      try {
        const [seconds, micros] = await redis.time();
        const at = performance.now();
        const margin = (at - askedAt) / 2;
        const told = Number(seconds) * 1_000 + Number(micros) / 1_000;
        if (Number.isFinite(told)) take({ offset: told + margin - local(), margin, at });
      } catch {
        // Not allowed, or the connection is gone: what was known goes on.
      }
    },
  };
}
