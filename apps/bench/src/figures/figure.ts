import { median, percentile } from './percentile.ts';

/** How often, or how long, in what: times are given to `figure` in milliseconds, whatever unit they are shown in. */
export type Unit = keyof typeof FROM_MS | '/s' | 'bytes' | 'MB' | 'reads' | 'loads' | 'rows' | 'records' | 'messages';

const FROM_MS = Object.freeze({ ns: 1e6, µs: 1e3, ms: 1, s: 1e-3 });

/** What one way of doing it costs. */
export interface Cost {
  readonly way: string;
  readonly median: number;
  /** 99 of 100 rounds were no worse; of fewer rounds, none was. */
  readonly p99: number;
  readonly rounds: number;
}

/** What another way costs, and how ours compares with it. */
export interface Comparison extends Cost {
  /** Ours divided by theirs, round by round: the median. */
  readonly ratio: number;
  /** A quarter of the rounds had a smaller ratio than the first, a quarter a larger one than the second. */
  readonly quartiles: readonly [number, number];
}

/** One thing that was measured. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Cost;
  readonly beside: readonly Comparison[];
  readonly budget: string;
  /** What a reader must know of it. */
  readonly note: string;
}

/** A figure of what was seen in each round; both sides of a comparison have the same rounds. */
export function figure(
  {
    what,
    unit,
    way = 'Tenantry',
    budget = '',
    note = '',
  }: Pick<Figure, 'what' | 'unit'> & { readonly way?: string; readonly budget?: string; readonly note?: string },
  ours: readonly number[],
  beside: Readonly<Record<string, readonly number[]>> = {},
): Figure {
  const comparisons = Object.entries(beside).map(([name, theirs]) => {
    if (theirs.length !== ours.length) throw new Error(`${what}: ${name} has other rounds`);
    const ratios = ours.map((cost, round) => cost / (theirs[round] as number));
    return {
      ...costOf(name, unit, theirs),
      ratio: median(ratios),
      quartiles: [percentile(ratios, 25), percentile(ratios, 75)] as const,
    };
  });
  return { what, unit, ours: costOf(way, unit, ours), beside: comparisons, budget, note };
}

function costOf(way: string, unit: Unit, rounds: readonly number[]): Cost {
  const factor = unit in FROM_MS ? FROM_MS[unit as keyof typeof FROM_MS] : 1;
  // Of a rate the worst are the small ones.
  const worst = percentile(rounds, unit === '/s' ? 1 : 99);
  return { way, median: median(rounds) * factor, p99: worst * factor, rounds: rounds.length };
}

/** As somebody reads it: `12.3 µs`, `5,210/s`. */
export function readable(value: number, unit: Unit): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const number = value.toLocaleString('en', { maximumFractionDigits: Number.isInteger(value) ? 0 : digits });
  return unit === '/s' ? `${number}/s` : `${number} ${unit}`;
}
