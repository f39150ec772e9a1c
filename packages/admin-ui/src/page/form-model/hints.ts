import { isList, isObject, type Json, keepsItsText, NumberText, type Path } from '../json/json-tree.ts';
import { pathOf, pointerOf } from '../json/pointer.ts';

/** Something is wrong at a path: said by the server, or guessed here before it is asked. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** What the server would refuse because a reader would get something else: numbers that JavaScript writes differently, and `__proto__`. */
export function keptIssues(json: Json): Issue[] {
  const issues: Issue[] = [];
  addKept(json, [], issues);
  return issues;
}

/** `at` is used again for the next value: nearly all have no issue, and need no pointer. */
function addKept(json: Json, at: (string | number)[], issues: Issue[]): void {
  if (json instanceof NumberText) {
    if (!keepsItsText(json.text)) issues.push({ path: pointerOf(at), message: changedNumber(json.text) });
    return;
  }
  if (!isList(json) && !isObject(json)) return;
  for (const [step, each] of json.entries()) {
    at.push(step);
    if (step === '__proto__') issues.push({ path: pointerOf(at), message: 'No reader can have a field of this name.' });
    else addKept(each, at, issues);
    at.pop();
  }
}

function changedNumber(text: string): string {
  const kept = Number(text);
  return Number.isFinite(kept)
    ? `${text} would become ${kept}. Write ${kept}, or put it in quotes.`
    : `${text} is too large for a number. Put it in quotes.`;
}

interface OutputUnit {
  readonly keyword: string;
  readonly instanceLocation: string;
  readonly error: string;
}

/** The findings of the validator, without those that only say that something below is wrong. */
export function schemaIssues(errors: readonly OutputUnit[]): Issue[] {
  const issues = new Map<string, Issue>();
  for (const { keyword, instanceLocation, error } of errors) {
    if (ONLY_ABOVE.has(keyword)) continue;
    const path = pointerOf(pathOf(instanceLocation));
    const message = error.replace(/^Instance /, 'This ');
    issues.set(`${path} ${message}`, { path, message });
  }
  return [...issues.values()];
}

const ONLY_ABOVE = new Set(['properties', 'items', 'additionalProperties', '$ref', 'anyOf', 'oneOf', 'allOf', 'false']);

/** Of a path itself, or, with `below`, also of what is below it. */
export function issuesAt(issues: readonly Issue[], path: Path, below = false): readonly Issue[] {
  const pointer = pointerOf(path);
  return issues.filter(issue => issue.path === pointer || (below && issue.path.startsWith(`${pointer}/`)));
}
