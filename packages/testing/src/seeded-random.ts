/** Random choices that can be replayed: print `seed` when a test fails and pass it back in. */
export interface SeededRandom {
  readonly seed: number;
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
  /** Lower-case letters and digits. */
  word(length: number): string;
}

/** Without a seed takes TENANTRY_SEED from the environment, or a new one. */
export function seededRandom(seed: number = seedFromEnvironment()): SeededRandom {
  // mulberry32: 32 bits of state are plenty to vary a test, and any number is a valid seed.
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError('Nothing to pick from: the list is empty');
    return items[int(0, items.length - 1)] as T;
  };
  return {
    seed,
    next,
    int,
    pick,
    chance: probability => next() < probability,
    shuffle: items => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = int(0, i);
        [shuffled[i], shuffled[j]] = [shuffled[j] as (typeof items)[number], shuffled[i] as (typeof items)[number]];
      }
      return shuffled;
    },
    word: length => Array.from({ length }, () => pick([...'abcdefghijklmnopqrstuvwxyz0123456789'])).join(''),
  };
}

function seedFromEnvironment(): number {
  const given = process.env.TENANTRY_SEED;
  if (given === undefined || given === '') return Math.floor(Math.random() * 2 ** 32);
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) throw new TypeError(`TENANTRY_SEED must be a whole number, got "${given}"`);
  return seed;
}
