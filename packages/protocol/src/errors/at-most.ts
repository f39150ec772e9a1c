/**
 * Does the work for each item, at most so many at once, and gives the results in the order of the items. After the first error no further item is begun,
 * and it rejects with that error. Not `p-limit`: that one begins them all the same, and takes a hundred times as long for what is there at once, as nearly all
 * files of a folder are that nobody has changed.
 */
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
  const stopping = () =>
    lane().catch(error => {
      next = items.length;
      throw error;
    });
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, stopping));
  return results;
}
