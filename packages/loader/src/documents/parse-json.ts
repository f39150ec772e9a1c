import { numberOf } from './number-of.ts';
import { notJson, notParsed } from './source-fault.ts';
import type { SourceLimits } from './source-limits.ts';
import type { Tree, TreeEntry } from './tree.ts';

/**
 * The tree of a JSON text. By hand, because `JSON.parse` knows no places, takes the last of two properties of one name, and quotes the text in
 * its errors.
 */
export function parseJson(text: string, limits: SourceLimits): Tree {
  const reader = new JsonReader(text, limits);
  const tree = reader.value(0);
  reader.expectEnd();
  return tree;
}

// Piece by piece: one pattern for a whole text runs out of stack where the text is long.
const PLAIN = /[ !#-[\]-\uffff]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const WORDS = { true: true, false: false, null: null } as const;

class JsonReader {
  readonly #text: string;
  readonly #limits: SourceLimits;
  #at = 0;

  constructor(text: string, limits: SourceLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  value(depth: number): Tree {
    const first = this.#next();
    const at = this.#at;
    if (first === '{' || first === '[') {
      if (depth === this.#limits.maxDepth) throw notJson(`nested deeper than ${this.#limits.maxDepth} levels`, at);
      return first === '{'
        ? { kind: 'map', at, entries: this.#entries(depth + 1) }
        : { kind: 'list', at, items: this.#items(depth + 1) };
    }
    if (first === '"') return { kind: 'scalar', at, value: this.#string() };
    const word = this.#take(WORD) as keyof typeof WORDS | '';
    if (word !== '') return { kind: 'scalar', at, value: WORDS[word] };
    const number = this.#take(NUMBER);
    if (number === '') throw notParsed(first === '' ? 'the text ends where a value is expected' : 'no value', at);
    return { kind: 'scalar', at, value: numberOf(number, at) };
  }

  expectEnd(): void {
    if (this.#next() !== '') throw notParsed('something stands after the end of the value', this.#at);
  }

  #entries(depth: number): TreeEntry[] {
    const entries: TreeEntry[] = [];
    const names = new Set<string>();
    this.#at++;
    if (this.#takeIf('}')) return entries;
    do {
      if (this.#next() !== '"') throw notParsed('the name of a property is expected, in double quotes', this.#at);
      const at = this.#at;
      const name = this.#string();
      if (names.has(name)) throw notParsed('the property stands there twice', at);
      if (name === '__proto__') throw notJson('a name that no reader can have', at);
      names.add(name);
      if (!this.#takeIf(':')) throw notParsed('":" is expected', this.#at);
      entries.push({ name, at, value: this.value(depth) });
    } while (this.#takeIf(','));
    if (!this.#takeIf('}')) throw notParsed('"," or "}" is expected', this.#at);
    return entries;
  }

  #items(depth: number): Tree[] {
    const items: Tree[] = [];
    this.#at++;
    if (this.#takeIf(']')) return items;
    do items.push(this.value(depth));
    while (this.#takeIf(','));
    if (!this.#takeIf(']')) throw notParsed('"," or "]" is expected', this.#at);
    return items;
  }

  #string(): string {
    const at = this.#at;
    this.#at++;
    do this.#take(PLAIN);
    while (this.#take(ESCAPE) !== '');
    if (this.#text[this.#at] !== '"')
      throw notParsed('a text without an end, or with a character that must be escaped', at);
    this.#at++;
    const text = JSON.parse(this.#text.slice(at, this.#at)) as string;
    if (!text.isWellFormed()) throw notJson('a text with half a surrogate pair', at);
    return text;
  }

  /** The next character that is no blank; empty at the end. */
  #next(): string {
    while (BLANKS.has(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }

  #takeIf(expected: string): boolean {
    if (this.#next() !== expected) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [token = ''] = pattern.exec(this.#text) ?? [];
    this.#at += token.length;
    return token;
  }
}

const BLANKS: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r']);
