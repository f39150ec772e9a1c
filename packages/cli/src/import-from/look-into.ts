import { wrongUse } from '../failures/failure.ts';
import { isObject } from '../json/is-object.ts';
import { parseJson } from '../json/raw-numbers.ts';

/** What a file of another system says, of which nothing is known for sure. */
export type Found = Readonly<Record<string, unknown>>;

/** The objects of a list, or the one that stands in the place of a list. */
export function objectsOf(value: unknown): readonly Found[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

/** The objects of a list; undefined: it is none, or something else is in it. What is not there is an empty list. */
export function allObjects(value: unknown): readonly Found[] | undefined {
  const list = value ?? [];
  return Array.isArray(list) && list.every(isObject) ? list : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value of a JSON file; `INVALID_OPTION`. */
export function readJson(text: string, file: string): unknown {
  try {
    return parseJson(text.replace(/^\uFEFF/, ''));
  } catch {
    throw wrongUse(`${file} is no JSON.`);
  }
}

/** The environment that is meant: the one that was named, or the only one. `INVALID_OPTION`. */
export function chosenEnvironment(
  wanted: string | undefined,
  there: readonly string[],
  file: string,
): string | undefined {
  const names = [...new Set(there)].sort();
  if (wanted === undefined) {
    if (names.length <= 1) return names[0];
    throw wrongUse(`${file} has several environments: say with --environment which one. They are ${names.join(', ')}.`);
  }
  if (names.length === 0 || names.includes(wanted)) return wanted;
  throw wrongUse(`${file} has no environment ${wanted}. It has ${names.join(', ')}.`);
}
