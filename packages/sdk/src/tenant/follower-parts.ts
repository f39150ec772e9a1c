import type { Feeds, ReplicaReader } from '@tenantry/redis';
import type { Ticks } from '../memory/ticks.ts';
import type { FeedGate, ReadParts } from '../reads/read-parts.ts';
import type { CompareParts } from '../repair/compare-memory.ts';

/** All followers of one client share these. `F` is the follower, whose file imports this one. */
export interface FollowerParts<F> extends ReadParts {
  readonly feeds: Feeds;
  /** Reads for the repair of feeds, which may take longer than a caller would wait. */
  readonly repairReader: ReplicaReader;
  readonly ticks: Ticks;
  /** Some feed became live, was lost, or is no longer followed. */
  onFeedState(follower: F): void;
}

/** What memory is compared with. */
export function comparing<F extends FeedGate>(
  follower: F,
  { repairReader: reader, ...parts }: FollowerParts<F>,
  absentIsGone: boolean,
): CompareParts {
  return {
    ...{ ...parts, reader, absentIsGone },
    position: () => follower.position,
    caughtUp: (head, before) => follower.caughtUp(head, before),
  };
}
