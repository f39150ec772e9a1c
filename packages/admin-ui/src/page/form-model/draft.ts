import { type Json, type Path, valueAt, withoutValueAt, withValueAt } from '../json/json-tree.ts';
import { pointerOf } from '../json/pointer.ts';
import { printJson, readableText } from '../json/print-json.ts';
import { type JsonProblem, readJson } from '../json/read-json.ts';
import type { Branch, UnionShape } from './field-model.ts';
import { branchOf } from './read-union.ts';
import { startingBranch } from './starting-value.ts';

/** What somebody is typing: form and text are two views of it. Immutable. */
export interface Draft {
  /** The text of the JSON tab: as typed, or as read; printed anew only after a change in the form. */
  readonly text: string | undefined;
  /** What the form shows; the last that could be read, where the text cannot. Undefined: nothing is set. */
  readonly tree: Json | undefined;
  /** Why the text cannot be read; undefined where it can, and where there is none. */
  readonly problem: JsonProblem | undefined;
  /** By place and branch: what was typed there before another branch was chosen. */
  readonly remembered: ReadonlyMap<string, Json>;
}

export function openDraft(text: string | undefined): Draft {
  const { tree, problem } = text === undefined ? {} : readJson(text);
  const readable = text === undefined || tree === undefined ? text : readableText(text, tree);
  return { text: readable, tree, problem, remembered: new Map() };
}

/** Of the JSON tab: the text stays as it is. */
export function typeText(draft: Draft, text: string): Draft {
  const { tree, problem } = readJson(text);
  return { ...draft, text, problem, tree: problem === undefined ? tree : draft.tree };
}

export function setField(draft: Draft, path: Path, value: Json): Draft {
  return changed(draft, withValueAt(draft.tree, path, value));
}

/** Takes a field away: it is inherited, or has its default, or is nothing. */
export function unsetField(draft: Draft, path: Path): Draft {
  return remember(changed(draft, withoutValueAt(draft.tree, path)), path, 'set', valueAt(draft.tree, path));
}

/** Sets a field again: to what it had before it was taken away, else to `start`. */
export function resetField(draft: Draft, path: Path, start: () => Json): Draft {
  return setField(draft, path, draft.remembered.get(memory(path, 'set')) ?? start());
}

/** Between null and a value, both ways; the value is kept. */
export function setNull(draft: Draft, path: Path, toNull: boolean, start: () => Json): Draft {
  if (!toNull) return setField(draft, path, draft.remembered.get(memory(path, 'value')) ?? start());
  return remember(setField(draft, path, null), path, 'value', valueAt(draft.tree, path));
}

/** Another branch of a union. What was typed in the one that is left comes back with it. */
export function chooseBranch(draft: Draft, path: Path, union: UnionShape, to: Branch): Draft {
  const before = valueAt(draft.tree, path);
  const from = branchOf(union, before);
  if (from?.key === to.key) return draft;
  const value = draft.remembered.get(memory(path, `branch ${to.key}`)) ?? startingBranch(union.tag, to);
  const kept = from === undefined ? draft : remember(draft, path, `branch ${from.key}`, before);
  return setField(kept, path, value);
}

/** Moves an item of a list. What was remembered of the items between is forgotten: positions have changed hands. */
export function moveItem(draft: Draft, path: Path, from: number, to: number): Draft {
  const list = valueAt(draft.tree, path);
  if (!Array.isArray(list) || to < 0 || to >= list.length) return draft;
  const moved = [...(list as readonly Json[])];
  moved.splice(to, 0, ...moved.splice(from, 1));
  return forgetBelow(setField(draft, path, moved), path);
}

export function removeItem(draft: Draft, path: Path, at: number): Draft {
  return forgetBelow(changed(draft, withoutValueAt(draft.tree, [...path, at])), path);
}

/** Another name for a member of a record, at the same place. */
export function renameMember(draft: Draft, path: Path, from: string, to: string): Draft {
  const object = valueAt(draft.tree, path);
  if (!(object instanceof Map) || object.has(to)) return draft;
  const renamed = new Map([...object].map(([name, value]): [string, Json] => [name === from ? to : name, value]));
  return setField(draft, path, renamed);
}

function changed(draft: Draft, tree: Json | undefined): Draft {
  return { ...draft, tree, problem: undefined, text: tree === undefined ? undefined : printJson(tree) };
}

function remember(draft: Draft, path: Path, as: string, value: Json | undefined): Draft {
  if (value === undefined) return draft;
  return { ...draft, remembered: new Map(draft.remembered).set(memory(path, as), value) };
}

function forgetBelow(draft: Draft, path: Path): Draft {
  const below = `${pointerOf(path)}/`;
  return { ...draft, remembered: new Map([...draft.remembered].filter(([key]) => !key.startsWith(below))) };
}

function memory(path: Path, as: string): string {
  return `${pointerOf(path)} ${as}`;
}
