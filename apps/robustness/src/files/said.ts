import type { SeededRandom } from '@tenantry/testing';
import { GROUPS_NAME } from '../scopes/scopes-state.ts';
import { layeredValue } from '../scopes/write-scopes.ts';
import type { FilePlace } from './file-places.ts';

/** What the files of one scope say. */
export interface Said {
  readonly values: ReadonlyMap<string, unknown>;
  /** Of the change that set the two which are always set together; empty: they are not. */
  readonly stamp: string;
}

/** What a scope's files say after one more change; now and then the same as before, in other words. */
export function saidAnew(random: SeededRandom, { scope, lasts, groups }: FilePlace, before: Said, stamp: string): Said {
  if (before.values.size > 0 && random.chance(0.15)) return before;
  if (!lasts && random.chance(0.25)) return { values: new Map(), stamp: '' };
  const value = layeredValue(random, scope, stamp);
  const values = new Map<string, unknown>();
  values.set('merged', value);
  values.set('twin', { ...layeredValue(random, scope, stamp), marks: value.marks });
  if (random.chance(0.3)) values.set('replaced', { fields: {}, items: [], ...value });
  if (groups && random.chance(0.7)) values.set(GROUPS_NAME, random.shuffle(groups).slice(0, random.int(1, 2)));
  return { values, stamp };
}
