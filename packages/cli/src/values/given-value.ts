import { Failure, wrongUse } from '../failures/failure.ts';
import type { Io } from '../program/io.ts';
import { bytesOf, readInput } from './read-input.ts';
import { utf8Text } from './utf8-text.ts';

/** A value as it was typed: JSON text, and whether it stood on the command line, where every process of the machine can read it. */
export interface GivenValue {
  readonly json: string;
  readonly isArgument: boolean;
}

/**
 * The value of arguments: JSON text; `@file` and `-` (stdin) for a text that stands elsewhere; or `path=value` several times, which make an object.
 * `asText`: the argument is the text itself. Numbers keep their digits. `NOT_JSON`, `INVALID_OPTION`.
 */
export async function givenValue(
  words: readonly string[],
  asText: boolean,
  io: Pick<Io, 'stdin' | 'signal'>,
): Promise<GivenValue> {
  const [first, ...rest] = words;
  if (first === undefined) throw wrongUse('The value is missing: JSON text, @FILE, - for stdin, or path=value.');
  if (rest.length === 0 && (first === '-' || first.startsWith('@'))) {
    const content = first === '-' ? await textOf(io) : await fileText(first.slice(1), io);
    return {
      json: asText ? JSON.stringify(content.replace(/\r?\n$/, '')) : checkedJson(content, first),
      isArgument: false,
    };
  }
  if (asText) {
    if (rest.length > 0) throw wrongUse('With --text the value is one argument: put it in quotes.');
    return { json: JSON.stringify(first), isArgument: true };
  }
  if (rest.length === 0 && isJson(first)) return { json: first, isArgument: true };
  if (words.every(word => /^[^=]+=/s.test(word))) return { json: objectOf(words), isArgument: true };
  throw new Failure(
    'NOT_JSON',
    'The value is no JSON. A text needs quotes of its own (\'"on"\') or --text; a field of an object is FIELD=VALUE (seats=5). Nothing was written.',
  );
}

function checkedJson(content: string, from: string): string {
  if (isJson(content)) return content.trim();
  throw new Failure('NOT_JSON', `${from === '-' ? 'Stdin' : from} is no JSON. Nothing was written.`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `limits.seats=5` and `name=Gold` → `{"limits":{"seats":5},"name":"Gold"}`. A value is JSON where it is JSON, and else a text. */
function objectOf(words: readonly string[]): string {
  const root: Tree = new Map();
  for (const word of words) {
    const at = word.indexOf('=');
    const value = word.slice(at + 1);
    put(root, word.slice(0, at), isJson(value) ? value.trim() : JSON.stringify(value));
  }
  return treeText(root);
}

/** The texts of values by their names: no text is read, so no digit is lost. */
type Tree = Map<string, Tree | string>;

function put(root: Tree, path: string, json: string): void {
  const names = path.split(/(?<!\\)\./).map(name => name.replaceAll('\\.', '.'));
  const last = names.pop() as string;
  let tree = root;
  for (const name of names) {
    const next = tree.get(name) ?? new Map();
    if (typeof next === 'string') throw wrongUse(`"${path}" is below a value that is given, too.`);
    tree.set(name, next);
    tree = next;
  }
  if (tree.has(last)) throw wrongUse(`"${path}" is given twice.`);
  tree.set(last, json);
}

function treeText(tree: Tree): string {
  const parts = Array.from(
    tree,
    ([name, value]) => `${JSON.stringify(name)}:${typeof value === 'string' ? value : treeText(value)}`,
  );
  return `{${parts.join(',')}}`;
}

async function fileText(path: string, io: Pick<Io, 'signal'>): Promise<string> {
  return utf8Text(await readInput(path, code => `The file ${path} cannot be read (${code}).`, io), path);
}

/** All of stdin. Ctrl-C ends the wait for it: the program hears of that as of a signal, and the terminal sends no end. */
export async function textOf({ stdin, signal }: Pick<Io, 'stdin' | 'signal'>): Promise<string> {
  return utf8Text(await bytesOf(stdin, 'Stdin', { signal }), 'Stdin');
}
