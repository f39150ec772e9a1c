import { type Json, sameJson } from '../json/json-tree.ts';
import { printJson } from '../json/print-json.ts';
import { readJson } from '../json/read-json.ts';
import { type Merge, settle, threeWayMerge } from '../merge/three-way-merge.ts';
import { type Draft, openDraft } from './draft.ts';
import type { Issue } from './hints.ts';

/** An edit under way: what it began with, and what was made of it. */
export interface Editing {
  readonly draft: Draft;
  /** The text that the edit began with, or was last merged with; undefined: nothing was set. */
  readonly base: string | undefined;
  /** What that text says. Read once: it is compared with at each key. */
  readonly baseTree: Json | undefined;
  readonly baseVersion: number;
  /** What the write must still find. */
  readonly etag: string | undefined;
  /** What the server found wrong with it. */
  readonly issues: readonly Issue[];
}

/** What stands on the server. */
export interface Standing {
  readonly json?: string | undefined;
  readonly version: number;
  readonly etag: string | undefined;
}

export function startEditing({ json, version, etag }: Standing): Editing {
  const draft = openDraft(json);
  return { draft, base: json, baseTree: draft.tree, baseVersion: version, etag, issues: [] };
}

/** Whether there is anything to save. Another layout of the same value is nothing. */
export function isChanged({ draft, base, baseTree }: Editing): boolean {
  if (draft.text === base) return false;
  if (draft.text === undefined || base === undefined) return true;
  return draft.problem !== undefined || !sameJson(draft.tree, baseTree);
}

/** Somebody else wrote since this edit began. */
export function hasArrived(editing: Editing, standing: Standing): boolean {
  return standing.version > editing.baseVersion;
}

/** What this edit and the others made of the value that it began with. */
export function mergeWith(editing: Editing, standing: Standing): Merge {
  return threeWayMerge(editing.baseTree, editing.draft.tree, treeOf(standing.json));
}

/** The edit goes on from what stands now. Where the others took nothing of it away, the text stays as it was typed. */
export function continueWith(
  editing: Editing,
  standing: Standing,
  merge: Merge,
  choices: ReadonlyMap<string, 'mine' | 'theirs'>,
): Editing {
  const settled = settle(merge, choices);
  const isMine = sameJson(settled, editing.draft.tree);
  const text = settled === undefined ? undefined : printJson(settled);
  const draft = isMine ? editing.draft : { ...editing.draft, tree: settled, problem: undefined, text };
  const { json: base, version: baseVersion, etag } = standing;
  return { draft, base, baseTree: treeOf(base), baseVersion, etag, issues: [] };
}

/** Undefined where there is no text, or none that can be read. */
export function treeOf(text: string | undefined): Json | undefined {
  return text === undefined ? undefined : readJson(text).tree;
}
