/**
 * How often a random test tries, or how much it writes: `usual` in `npm test`, and as many times more as TENANTRY_EFFORT says. More
 * than the usual is for a hunt; the campaigns of `npm run robustness` look for what is rare.
 */
export function effort(usual: number): number {
  const given = Number(process.env.TENANTRY_EFFORT || 1);
  if (!(given > 0))
    throw new TypeError(`TENANTRY_EFFORT must be a number above 0, got "${process.env.TENANTRY_EFFORT}"`);
  return Math.ceil(usual * given);
}
