import type { SourceName } from '../definitions/catalogue.ts';
import type { AffectedRef } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { DatabaseRow } from '../supervisor/read-database.ts';

/** One step of the story. After each, Redis and both readers must be exactly what the database says. */
export interface Step {
  readonly name: string;
  /** Only a later step brings the server back: until then there is nothing to compare. */
  readonly leavesDown?: boolean;
  /** Rejects with a sentence where something was not as promised. */
  play(demo: Demo): Promise<StepOutcome>;
}

export interface StepOutcome {
  readonly affected: readonly AffectedRef[];
  /** From the commit, or from what `seen` names instead, to the last reader. */
  readonly ms?: number;
  /** What was seen beside the new values. */
  readonly seen: string;
}

/** The one row that has these values. */
export async function findRow(
  demo: Demo,
  source: SourceName,
  wanted: Readonly<Record<string, unknown>>,
): Promise<DatabaseRow> {
  const { rows } = await demo.database();
  const row = rows.find(
    each => each.source === source && Object.entries(wanted).every(([name, value]) => each.values[name] === value),
  );
  if (row) return row;
  throw new Error(`The story needs a row of ${source} with ${JSON.stringify(wanted)}`);
}

export function check(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}
