import { pointerPart } from './tree.ts';

/** Where the parts of a TOML text begin. */
export interface TomlPlaces {
  /** The offset of the part at a JSON Pointer; within an inline table or a list, that of the line's name. */
  of(pointer: string): number;
}

const BARE = '[A-Za-z0-9_-]+';
const KEY = `(?:${BARE}|"(?:[^"\\\\\\n]|\\\\.)*"|'[^'\\n]*')`;
const DOTTED = `${KEY}(?:[ \\t]*\\.[ \\t]*${KEY})*`;
const LINE = new RegExp(`^([ \\t]*)(?:(\\[\\[?)[ \\t]*(${DOTTED})[ \\t]*\\]|(${DOTTED})[ \\t]*=[ \\t]*(.*))`);

/**
 * Finds the names of a text that the parser took, line by line: the parser has no places of values. The tables and the names before `=` are
 * found; what stands within a text of several lines is left out.
 */
export function tomlPlaces(text: string): TomlPlaces {
  const found = new Map<string, number>([['', 0]]);
  const lengths = new Map<string, number>();
  let table = '';
  let closing: string | undefined;
  let start = 0;
  for (const line of text.split('\n')) {
    const offset = start;
    start += line.length + 1;
    if (closing !== undefined) {
      if (line.includes(closing)) closing = undefined;
      continue;
    }
    const [, indent = '', brackets, header, dotted, value = ''] = LINE.exec(line) ?? [];
    const at = offset + indent.length;
    if (header !== undefined) {
      table = tableOf(header, brackets === '[[', lengths);
      note(found, table, at);
    } else if (dotted !== undefined) {
      note(found, pointerOf(table, dotted, lengths), at);
      closing = openText(value);
    }
  }
  return { of: pointer => nearest(found, pointer) };
}

/** The pointer of a table; in a list of tables, that of the item that the last header began. */
function tableOf(header: string, isItem: boolean, lengths: Map<string, number>): string {
  const pointer = pointerOf('', header, lengths, isItem);
  if (!isItem) return pointer;
  const length = (lengths.get(pointer) ?? 0) + 1;
  lengths.set(pointer, length);
  return `${pointer}/${length - 1}`;
}

function pointerOf(table: string, dotted: string, lengths: ReadonlyMap<string, number>, isItem = false): string {
  const names = dotted.match(new RegExp(KEY, 'g')) ?? [];
  return names.reduce((pointer, name, i) => {
    const inner = pointer + pointerPart(nameOf(name));
    const length = isItem && i === names.length - 1 ? undefined : lengths.get(inner);
    return length === undefined ? inner : `${inner}/${length - 1}`;
  }, table);
}

function nameOf(key: string): string {
  if (key.startsWith("'")) return key.slice(1, -1);
  if (!key.startsWith('"')) return key;
  try {
    return JSON.parse(key) as string;
  } catch {
    return key.slice(1, -1);
  }
}

/** The quotes that end a text of several lines which begins here. */
function openText(value: string): string | undefined {
  for (const quotes of ['"""', "'''"]) {
    const first = value.indexOf(quotes);
    if (first >= 0 && value.split(quotes).length % 2 === 0) return quotes;
  }
  return undefined;
}

function note(found: Map<string, number>, pointer: string, at: number): void {
  // A dotted name stands for the tables on its way, too.
  for (let end = pointer.indexOf('/', 1); end > 0; end = pointer.indexOf('/', end + 1)) {
    const outer = pointer.slice(0, end);
    if (!found.has(outer)) found.set(outer, at);
  }
  if (!found.has(pointer)) found.set(pointer, at);
}

function nearest(found: ReadonlyMap<string, number>, pointer: string): number {
  let outer = pointer;
  while (!found.has(outer)) outer = outer.slice(0, outer.lastIndexOf('/'));
  return found.get(outer) as number;
}
