import { formatNumber, type Sample } from './format.ts';

/** In seconds: from what a script takes to what an outage does. */
const BOUNDS: readonly number[] = Object.freeze([
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
]);

/** How long something took, by one label or by none. */
export class Histogram {
  readonly #label: string | undefined;
  readonly #series = new Map<string, { readonly counts: number[]; sum: number }>();

  constructor(label?: string) {
    this.#label = label;
  }

  observe(ms: number, value = ''): void {
    let series = this.#series.get(value);
    if (!series) {
      series = { counts: new Array<number>(BOUNDS.length + 1).fill(0), sum: 0 };
      this.#series.set(value, series);
    }
    const seconds = ms / 1_000;
    const at = BOUNDS.findIndex(bound => seconds <= bound);
    const bucket = at === -1 ? BOUNDS.length : at;
    series.counts[bucket] = (series.counts[bucket] as number) + 1;
    series.sum += seconds;
  }

  *samples(): Iterable<Sample> {
    for (const [value, { counts, sum }] of this.#series)
      yield* bucketSamples(BOUNDS, counts, sum, this.#label === undefined ? {} : { [this.#label]: value });
  }
}

/** The samples of one histogram; `counts` has one number more than there are bounds. */
export function* bucketSamples(
  bounds: readonly number[],
  counts: readonly number[],
  sum: number,
  labels: Readonly<Record<string, string>> = {},
): Iterable<Sample> {
  let total = 0;
  for (const [i, count] of counts.entries()) {
    total += count;
    const le = formatNumber(bounds[i] ?? Number.POSITIVE_INFINITY);
    yield { suffix: '_bucket', labels: { ...labels, le }, value: total };
  }
  yield { suffix: '_sum', labels, value: sum };
  yield { suffix: '_count', labels, value: total };
}
