/** One line of the report. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly beside: string;
  /** Undefined where there is nothing to compare with. */
  readonly ratio?: number | undefined;
  readonly budget: string;
}

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 50);
}

export function percentile(numbers: readonly number[], p: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN;
}

export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Median times of several works, run in turns, so that a noisy moment hits all of them. */
export async function inTurns(rounds: number, works: readonly (() => Promise<number>)[]): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, work] of works.entries()) times[i]?.push(await work());
  }
  return times.map(median);
}

export const ms = (time: number) => `${time.toFixed(2)} ms`;
export const ns = (time: number) => `${(time * 1e6).toFixed(0)} ns`;
