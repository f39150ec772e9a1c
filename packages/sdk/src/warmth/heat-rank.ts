/** How many ranks there are. */
export const HEAT_RANKS = 33;

/**
 * The rank of a heat, 0 for the hottest: the power of two that it is in. To tell twice as hot from half as hot is enough, and takes no sort of
 * many thousand, which would hold others up.
 */
export function rankOf(heat: number): number {
  return Math.clz32(heat);
}
