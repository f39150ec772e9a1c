/** Runs that once found something, and must not find it again. Add one for each row of the ledger that a run found. */
export const regressionSeeds: readonly { readonly fault: string; readonly seed: number; readonly rounds: number }[] =
  [];
