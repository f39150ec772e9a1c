import type { Feeds, ReplicaReader } from '@tenantry/redis';
import type { Ticks } from '../memory/ticks.ts';
import type { ReadParts } from '../reads/read-parts.ts';
import type { MemorySweep } from '../repair/memory-sweep.ts';

/** The part of a read's budget that is for its feed, in ms. */
export function aThirdOf({ options }: ReadParts): number {
  return Math.ceil(options.readTimeoutMs / 3);
}

/** All followers of one client share these. `F` is the follower, whose file imports this one. */
export interface FollowerParts<F> extends ReadParts {
  readonly feeds: Feeds;
  /** Reads for the repair of feeds, which may take longer than a caller would wait. */
  readonly repairReader: ReplicaReader;
  readonly ticks: Ticks;
  readonly sweep: MemorySweep;
  /** Some feed became live, was lost, or is no longer followed. */
  onFeedState(follower: F): void;
}
