/** Counts reads and loads, and the events that should be rare. */
export interface ClientCounters {
  /** Values that `get`, `getMany` and `entry` answered from memory. `peek` is not counted: that would cost as much as the read. */
  hits: number;
  /** Values for which they asked Redis or the source. */
  misses: number;
  /** Reads of Redis on behalf of callers and watchers. */
  reads: number;
  /** Calls of the source. */
  loads: number;
  /** Replies that a message overtook on their way. */
  overtaken: number;
  /** Values that could not be decoded. */
  undecodable: number;
  /** States in Redis that were older than what memory had seen; they are not shown. */
  olderInRedis: number;
  /** Records that Redis lost although nobody deleted them; memory keeps them, marked stale. */
  lostInRedis: number;
  /** Events of `changes$` that were dropped because their `for await` was too slow. */
  changesDropped: number;
  /** Differences found by the resyncs, which the feed asks for. */
  foundByResync: number;
  /** Differences found by the sweep, which should find none. */
  repairedBySweep: number;
}

export function createCounters(): ClientCounters {
  return {
    hits: 0,
    misses: 0,
    reads: 0,
    loads: 0,
    overtaken: 0,
    undecodable: 0,
    olderInRedis: 0,
    lostInRedis: 0,
    changesDropped: 0,
    foundByResync: 0,
    repairedBySweep: 0,
  };
}
