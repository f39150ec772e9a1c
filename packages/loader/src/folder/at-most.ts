/** Does the work for each item, at most so many at once. Results in the order of the items; the first error ends it. */
export async function atMost<T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T, i: number) => R | Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next++;
      const result = work(items[i] as T, i);
      // What is there at once costs no turn.
      results[i] = result instanceof Promise ? await result : result;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
