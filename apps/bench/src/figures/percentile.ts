export function median(numbers: readonly number[]): number {
  return percentile(numbers, 50);
}

export function percentile(numbers: readonly number[], p: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN;
}

/** How long those wait who come at any moment, each until the stretch of time is over in which it came: these are the lengths of all of them. */
export function percentileOfWaits(lengths: readonly number[], p: number): number {
  const sorted = [...lengths].sort((a, b) => b - a);
  // So much of all time is spent by those who wait longer.
  const longer = sorted.reduce((sum, length) => sum + length, 0) * (1 - p / 100);
  let sum = 0;
  for (const [i, length] of sorted.entries()) {
    sum += length;
    const wait = (sum - longer) / (i + 1);
    if (wait >= (sorted[i + 1] ?? 0)) return wait;
  }
  return Number.NaN;
}
