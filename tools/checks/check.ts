export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Why something was left out, or which servers were used. */
  readonly note?: string | undefined;
  /** What to show when something failed. */
  readonly output?: string;
  /** When its turn came, by `performance.now()`, where it had to wait for one. */
  readonly beganAt?: number;
  /** Where the time went. */
  readonly files?: readonly { readonly name: string; readonly ms: number }[];
}

export interface Check {
  readonly name: string;
  /** Only where it is asked for by name. */
  readonly optIn?: boolean;
  /** Runs at the same time as the one before it: one of the two waits much of its time. */
  readonly besideLast?: boolean;
  run(): Promise<Outcome>;
}

/** A check that is passed or failed as one. */
export function one(passed: boolean, output: string): Outcome {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, output };
}

export function skipped(why: string): Outcome {
  return { passed: 0, failed: 0, note: `skipped: ${why}` };
}

/** Several that ran as one check. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const sum = (count: (outcome: Outcome) => number): number => outcomes.reduce((total, each) => total + count(each), 0);
  const notes = outcomes.flatMap(({ note }) => note ?? []);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    note: notes.length > 0 ? notes.join('; ') : undefined,
    output: outcomes.flatMap(({ failed, output }) => (failed > 0 && output ? [output] : [])).join('\n'),
    files: outcomes.flatMap(({ files }) => files ?? []),
  };
}
