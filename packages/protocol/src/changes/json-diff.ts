import { isDeepStrictEqual } from 'node:util';

/** One step of a JSON Patch (RFC 6902). `path` is a JSON Pointer (RFC 6901); the empty path is the whole value. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The steps that turn one JSON value into another, in time that grows with their size. `undefined` is no value: then
 * the whole value is added or removed, at path ''. In two lists the common beginning and the common end are left alone, and
 * the items in between are compared place by place.
 *
 * Own code for two reasons. `rfc6902` searches the shortest patch, which takes the product of the lists' lengths: two lists of
 * 800 numbers took it 41 s. `fast-json-patch` is linear, but compares lists from the front only: one item that is removed
 * from the front changes all others.
 */
export function diffJson(before: unknown, after: unknown): JsonPatchOperation[] {
  if (before === undefined) return after === undefined ? [] : [{ op: 'add', path: '', value: after }];
  if (after === undefined) return [{ op: 'remove', path: '' }];
  const operations: JsonPatchOperation[] = [];
  compare(before, after, '', operations);
  return operations;
}

function compare(before: unknown, after: unknown, path: string, operations: JsonPatchOperation[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, operations);
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, operations);
  else operations.push({ op: 'replace', path, value: after });
}

function compareObjects(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: string,
  operations: JsonPatchOperation[],
): void {
  for (const key of Object.keys(before))
    if (!Object.hasOwn(after, key)) operations.push({ op: 'remove', path: `${path}/${escaped(key)}` });
  for (const [key, value] of Object.entries(after)) {
    const at = `${path}/${escaped(key)}`;
    if (Object.hasOwn(before, key)) compare(before[key], value, at, operations);
    else operations.push({ op: 'add', path: at, value });
  }
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  operations: JsonPatchOperation[],
): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isDeepStrictEqual(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && isDeepStrictEqual(before.at(-1 - tail), after.at(-1 - tail))) tail++;
  const endBefore = before.length - tail;
  const endAfter = after.length - tail;
  const inBoth = Math.min(endBefore, endAfter);
  for (let i = head; i < inBoth; i++) compare(before[i], after[i], `${path}/${i}`, operations);
  // From the back, so that no step moves the place of the next.
  for (let i = endBefore - 1; i >= inBoth; i--) operations.push({ op: 'remove', path: `${path}/${i}` });
  for (let i = inBoth; i < endAfter; i++) operations.push({ op: 'add', path: `${path}/${i}`, value: after[i] });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
