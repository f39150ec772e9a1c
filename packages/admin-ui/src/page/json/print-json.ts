import { isList, isObject, type Json, NumberText } from './json-tree.ts';
import { readJson } from './read-json.ts';

/** JSON text with each number as it was typed. `indent` 0: one line. */
export function printJson(json: Json, indent = 2, depth = 0): string {
  if (json instanceof NumberText) return json.text;
  if (isList(json))
    return block(
      '[',
      ']',
      json.map(each => printJson(each, indent, depth + 1)),
      indent,
      depth,
    );
  if (isObject(json)) {
    const space = indent > 0 ? ' ' : '';
    const members = [...json].map(
      ([name, value]) => `${JSON.stringify(name)}:${space}${printJson(value, indent, depth + 1)}`,
    );
    return block('{', '}', members, indent, depth);
  }
  return JSON.stringify(json);
}

function block(open: string, close: string, members: readonly string[], indent: number, depth: number): string {
  if (members.length === 0) return open + close;
  if (indent === 0) return open + members.join(',') + close;
  const inner = `\n${' '.repeat(indent * (depth + 1))}`;
  return `${open}${inner}${members.join(`,${inner}`)}\n${' '.repeat(indent * depth)}${close}`;
}

/** Where each part of a value that somebody wrote as one line has a line of its own. Whatever has lines already stays as it was typed. */
export function readableText(text: string, tree = readJson(text).tree): string {
  return text.includes('\n') || tree === undefined ? text : printJson(tree);
}

/** One line that fits: for lists and tables. */
export function printShort(json: Json | undefined, longest = 80): string {
  if (json === undefined) return '';
  const line = printJson(json, 0);
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}
