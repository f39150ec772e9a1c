import type { Check } from './check.ts';
import { Lane } from './lane.ts';

/** What is long goes in two lanes, side by side: as much at a time as two cores are busy with, until both are through. */
export const lanes = {
  /** Many test files that share the servers, three at a time; at the end the demo. */
  shared: new Lane(),
  /** One at a time of what has servers or processes of its own. */
  alone: new Lane(),
};

/** The same check, begun at once with the one before it, but not before its turn in the lane. */
export function inLane(lane: Lane, check: Check): Check {
  return {
    ...check,
    besideLast: true,
    run: () =>
      lane.turn(async () => {
        const beganAt = performance.now();
        return { ...(await check.run()), beganAt };
      }),
  };
}
