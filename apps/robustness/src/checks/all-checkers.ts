import type { Checker, Run } from './checker.ts';
import { asTheFilesSay } from './files/as-the-files-say.ts';
import { writtenOnce } from './files/written-once.ts';
import { g1Durable } from './g1-durable.ts';
import { g2Silent } from './g2-silent.ts';
import { g3Forward } from './g3-forward.ts';
import { g4Whole } from './g4-whole.ts';
import { g5Keyed } from './g5-keyed.ts';
import { g6Gapless } from './g6-gapless.ts';
import { g7Honest } from './g7-honest.ts';
import { g8Bounded } from './g8-bounded.ts';
import { g9Kept } from './g9-kept.ts';
import { g10Apart } from './g10-apart.ts';
import { apartInScopes } from './scopes/apart-in-scopes.ts';
import { checkedScopes } from './scopes/checked-scopes.ts';
import { durableInScopes } from './scopes/durable-in-scopes.ts';
import { explainedScopes } from './scopes/explained-scopes.ts';
import { forwardInScopes } from './scopes/forward-in-scopes.ts';
import { gaplessInScopes } from './scopes/gapless-in-scopes.ts';
import { honestInScopes } from './scopes/honest-in-scopes.ts';
import { keyedInScopes } from './scopes/keyed-in-scopes.ts';
import { silentInScopes } from './scopes/silent-in-scopes.ts';
import { wholeInScopes } from './scopes/whole-in-scopes.ts';

export const checkers: readonly Checker[] = [
  g1Durable,
  g2Silent,
  g3Forward,
  g4Whole,
  g5Keyed,
  g6Gapless,
  g7Honest,
  g8Bounded,
  g9Kept,
  g10Apart,
  // `G8` has calls and writes of scopes in it; `G9` has none: what is inherited is never written back.
  durableInScopes,
  silentInScopes,
  forwardInScopes,
  wholeInScopes,
  keyedInScopes,
  gaplessInScopes,
  honestInScopes,
  apartInScopes,
  explainedScopes,
  checkedScopes,
  // What the readers see of the files is in the scopes that they speak of.
  asTheFilesSay,
  writtenOnce,
];

/** One sentence about one promise. */
export interface Breach {
  readonly promise: string;
  readonly sentence: string;
}

export function findBreaches(run: Run, which: readonly Checker[] = checkers): Breach[] {
  return which.flatMap(({ promise, name, check }) =>
    check(run).map(sentence => ({ promise: `${promise} ${name}`, sentence })),
  );
}
