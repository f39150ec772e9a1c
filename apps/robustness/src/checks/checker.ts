import type { FinalState } from '../final/final-state.ts';
import type { History } from '../history/history.ts';
import type { Seen, SeenValue } from '../history/history-event.ts';

/** A guarantee, or what the guides to scopes and to files promise besides. */
export type Promised = 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G6' | 'G7' | 'G8' | 'G9' | 'G10' | 'scopes' | 'files';

/** What a checker looks at. */
export interface Run {
  readonly history: Pick<History, 'events' | 'of'>;
  readonly final: FinalState;
}

/** Holds one promise against what happened. */
export interface Checker {
  readonly promise: Promised;
  readonly name: string;
  /** True: looks only at the end, which may still be on its way. */
  readonly isFinal: boolean;
  /** A sentence for each breach. */
  check(run: Run): string[];
}

export const atTime = (ms: number): string => `at ${(ms / 1000).toFixed(3)} s`;

/** The record a value belongs to, within its tenant. */
export function recordOf({ address, value }: Pick<Seen, 'address' | 'value'>): string {
  return value?.id === undefined ? address : `${address.slice(0, address.indexOf(':'))} ${value.id}`;
}

export const describe = (value: SeenValue | undefined): string =>
  value === undefined
    ? 'nothing'
    : `n=${value.n} by ${value.stamp}${value.more === undefined ? '' : ` (${value.more})`}`;

export const isSame = (one: SeenValue | undefined, other: SeenValue | undefined): boolean =>
  one?.id === other?.id &&
  one?.n === other?.n &&
  one?.stamp === other?.stamp &&
  one?.tenantId === other?.tenantId &&
  one?.more === other?.more;

/** Everything a reader was given, in the order it was given to that reader. */
export const seenIn = ({ history }: Run) => history.of('emission', 'sample', 'answer');
