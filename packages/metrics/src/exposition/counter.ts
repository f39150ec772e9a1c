import type { Sample } from './format.ts';

/** Counts by labels. Each has few values by its nature, or is bounded by whoever counts. */
export class Counter {
  readonly #names: readonly string[];
  readonly #counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();

  /**
   * `names`: those of the labels. A counter without labels is there from the start, and so are those of `known` values of its one label: Prometheus sees
   * no increase in a series that begins with what it is to tell of.
   */
  constructor(names: readonly string[] = [], known: readonly string[] = []) {
    this.#names = names;
    if (names.length === 0) this.add(0);
    for (const value of known) this.add(0, value);
  }

  add(count: number, ...values: readonly string[]): void {
    const key = values.join('\n');
    const known = this.#counts.get(key);
    if (known) known.value += count;
    else {
      const labels = Object.fromEntries(this.#names.map((name, i) => [name, values[i] ?? '']));
      this.#counts.set(key, { labels, value: count });
    }
  }

  samples(): Iterable<Sample> {
    return this.#counts.values();
  }
}
