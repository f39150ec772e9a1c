export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Why something was left out, or which servers were used. */
  readonly note?: string | undefined;
  /** What to show when something failed. */
  readonly output?: string;
}

export interface Check {
  readonly name: string;
  /** Only where it is asked for by name. */
  readonly optIn?: boolean;
  run(): Promise<Outcome>;
}

/** A check that is passed or failed as one. */
export function one(passed: boolean, output: string): Outcome {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, output };
}

export function skipped(why: string): Outcome {
  return { passed: 0, failed: 0, note: `skipped: ${why}` };
}
