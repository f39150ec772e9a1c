import { isObject, type Json, type Path, sameJson } from '../json/json-tree.ts';
import { pointerOf } from '../json/pointer.ts';

/** One field that differs. `before` or `after` undefined: it was, or is, not there. */
export interface FieldChange {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** What differs, field by field. Lists and values count as one field. */
export function fieldDiff(before: Json | undefined, after: Json | undefined, at: Path = []): FieldChange[] {
  if (sameJson(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ path: pointerOf(at), before, after }];
  const names = [...before.keys(), ...[...after.keys()].filter(name => !before.has(name))];
  return names.flatMap(name => fieldDiff(before.get(name), after.get(name), [...at, name]));
}
