export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * What several works cost in each round, run in turns, so that a noisy moment hits all of them. Each round begins with
 * another one: none has always the same before it.
 */
export async function inTurns<const K extends string>(
  rounds: number,
  works: Readonly<Record<K, () => Promise<number> | number>>,
): Promise<Record<K, number[]>> {
  const names = Object.keys(works) as K[];
  const costs = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as K;
      costs[name].push(await works[name]());
    }
  }
  return costs;
}
