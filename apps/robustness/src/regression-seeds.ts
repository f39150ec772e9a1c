import type { Capture } from './drawn/draw-world.ts';

interface RegressionSeed {
  readonly fault: string;
  readonly seed: number;
  readonly rounds: number;
  readonly capture: Capture;
}

/** Runs that once found something, and must not find it again. Add one for each row of the ledger that a run found. */
export const regressionSeeds: readonly RegressionSeed[] = [
  // A fill that failed held its lease for half a minute; a lost write-back was called fresh when its version was given again.
  { fault: 'redis-flushall', seed: 5, rounds: 3, capture: 'hooks' },
  // The client's own connection stayed half open for good.
  { fault: 'network-half-open', seed: 41, rounds: 2, capture: 'hooks' },
  { fault: 'network-silent', seed: 31, rounds: 2, capture: 'hooks' },
  // A subscriber on a Cluster that planned no further attempt.
  { fault: 'cluster-slot-moves', seed: 202, rounds: 1, capture: 'hooks' },
  { fault: 'cluster-master-dies', seed: 102, rounds: 1, capture: 'hooks' },
  // One that waited for a node that was gone.
  { fault: 'cluster-master-dies', seed: 401, rounds: 2, capture: 'hooks' },
  // A subscription of the source that had died without a word.
  { fault: 'network-silent', seed: 1001, rounds: 2, capture: 'trigger' },
  // An evicted key took the value out of readers' memory.
  { fault: 'redis-eviction', seed: 302, rounds: 3, capture: 'hooks' },
  // A flushed write-back that the snapshot had as dirty hid what came after it.
  { fault: 'redis-older-snapshot', seed: 3903, rounds: 3, capture: 'trigger' },
  // A version that was given twice while the feed went on.
  { fault: 'redis-eviction', seed: 8400, rounds: 10, capture: 'hooks' },
  // A record under a key that it had left, older than under another.
  { fault: 'redis-eviction', seed: 9201, rounds: 10, capture: 'trigger' },
  // A write-back whose mark was evicted.
  { fault: 'redis-eviction', seed: 10200, rounds: 5, capture: 'hooks' },
  // A key stayed stale; the sweep found what nobody had told.
  { fault: 'redis-older-snapshot', seed: 3900, rounds: 10, capture: 'hooks' },
  { fault: 'redis-older-snapshot', seed: 3905, rounds: 10, capture: 'trigger' },
  // A config of which Redis had less than was seen, and the source the end.
  { fault: 'redis-older-snapshot', seed: 10104, rounds: 8, capture: 'hooks' },
  // The snapshot was taken in the middle of a fill, whose lease nobody had any more.
  { fault: 'redis-older-snapshot', seed: 9100, rounds: 3, capture: 'hooks' },
  // A feed that was still being opened did not know what Redis had lost. Only on a machine that has too much to do.
  { fault: 'redis-flushall', seed: 7, rounds: 3, capture: 'trigger' },
  // A fill began anew with each connection that broke. Only there, too.
  { fault: 'redis-flushall', seed: 10, rounds: 3, capture: 'hooks' },
  // A tenant that was followed for the first time while Redis was being filled. Only on a machine that has too much to do.
  { fault: 'redis-restart-empty', seed: 501, rounds: 3, capture: 'trigger' },
  // Deadlocks of transactions that write scopes, and of a group that is deleted; a watcher that was given the default.
  { fault: 'smoke', seed: 7, rounds: 5, capture: 'trigger' },
  // A feed that was still being opened did not know what Redis had lost. Only on a machine that has too much to do.
  { fault: 'redis-flushall', seed: 7, rounds: 3, capture: 'trigger' },
  // A fill began anew with each connection that broke. Only there, too.
  { fault: 'redis-flushall', seed: 10, rounds: 3, capture: 'hooks' },
  // Deadlocks of transactions that write scopes, and of a group that is deleted; a watcher that was given the default.
  { fault: 'smoke', seed: 7, rounds: 5, capture: 'trigger' },
];
