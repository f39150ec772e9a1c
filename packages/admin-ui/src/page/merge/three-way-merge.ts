import { isObject, type Json, type Path, sameJson, withoutValueAt, withValueAt } from '../json/json-tree.ts';
import { pathOf, pointerOf } from '../json/pointer.ts';

/** Both changed the same field, and not to the same. */
export interface Collision {
  readonly path: string;
  readonly base: Json | undefined;
  readonly mine: Json | undefined;
  readonly theirs: Json | undefined;
}

export interface Merge {
  /** Mine, with their changes in it. At a collision it has mine. */
  readonly merged: Json | undefined;
  readonly collisions: readonly Collision[];
  /** Pointers of the fields that came from them. */
  readonly taken: readonly string[];
}

/**
 * Merges by field what I and they made of the same base. A field that only one of us changed has that change; only where both changed it, and
 * differently, somebody must choose. Lists count as one field: positions have no identity.
 */
export function threeWayMerge(base: Json | undefined, mine: Json | undefined, theirs: Json | undefined): Merge {
  const found: { collisions: Collision[]; taken: string[] } = { collisions: [], taken: [] };
  return { merged: merge(base, mine, theirs, [], found), ...found };
}

function merge(
  base: Json | undefined,
  mine: Json | undefined,
  theirs: Json | undefined,
  at: Path,
  found: { collisions: Collision[]; taken: string[] },
): Json | undefined {
  if (sameJson(mine, theirs) || sameJson(base, theirs)) return mine;
  if (sameJson(base, mine)) {
    found.taken.push(pointerOf(at));
    return theirs;
  }
  if (!isObject(mine) || !isObject(theirs)) {
    found.collisions.push({ path: pointerOf(at), base, mine, theirs });
    return mine;
  }
  const below = isObject(base) ? base : new Map<string, Json>();
  const merged = new Map<string, Json>();
  for (const name of new Set([...mine.keys(), ...theirs.keys()])) {
    const value = merge(below.get(name), mine.get(name), theirs.get(name), [...at, name], found);
    if (value !== undefined) merged.set(name, value);
  }
  return merged;
}

/** The merge with each collision decided. */
export function settle(
  { merged, collisions }: Merge,
  choices: ReadonlyMap<string, 'mine' | 'theirs'>,
): Json | undefined {
  let settled = merged;
  for (const { path, theirs } of collisions) {
    if (choices.get(path) !== 'theirs') continue;
    const steps = pathOf(path);
    settled = theirs === undefined ? withoutValueAt(settled, steps) : withValueAt(settled, steps, theirs);
  }
  return settled;
}
