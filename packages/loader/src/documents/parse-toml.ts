import { parse, TomlError, type TomlValue } from 'smol-toml';
import { checkTomlWord } from './check-toml-word.ts';
import { numberOf, wholeNumberOf } from './number-of.ts';
import { notJson, notParsed } from './source-fault.ts';
import type { SourceLimits } from './source-limits.ts';
import { type TomlPlaces, tomlPlaces } from './toml-places.ts';
import { tomlWords } from './toml-words.ts';
import { pointerPart, type Tree } from './tree.ts';

/** The tree of a TOML text. Dates and times become texts; whole numbers beyond 2^53, `inf` and `nan` are refused. */
export function parseToml(text: string, limits: SourceLimits): Tree {
  const table = read(text, limits);
  for (const word of tomlWords(text)) checkTomlWord(word);
  return new TomlReader(tomlPlaces(text), limits).tree(table, '', 0);
}

function read(text: string, { maxDepth }: SourceLimits): TomlValue {
  try {
    return parse(text, { integersAsBigInt: true, maxDepth });
  } catch (error) {
    if (error instanceof TomlError) throw notParsed(messageOf(error), offsetAt(text, error.line, error.column));
    throw notParsed('the text is not TOML', 0);
  }
}

/** The first line, without what the parser quotes. */
function messageOf({ message }: TomlError): string {
  const [, first = ''] = /^Invalid TOML document: ([^\n]*)/.exec(message) ?? [];
  return first === '' || /["'`]/.test(first) ? 'the text is not TOML' : first;
}

function offsetAt(text: string, line: number, column: number): number {
  let start = 0;
  for (let i = 1; i < line; i++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}

class TomlReader {
  readonly #places: TomlPlaces;
  readonly #limits: SourceLimits;

  constructor(places: TomlPlaces, limits: SourceLimits) {
    this.#places = places;
    this.#limits = limits;
  }

  tree(value: TomlValue, pointer: string, depth: number): Tree {
    const at = this.#places.of(pointer);
    if (typeof value === 'bigint') return { kind: 'scalar', at, value: wholeNumberOf(value, at) };
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw notJson('a number that JSON does not know', at);
      return { kind: 'scalar', at, value: numberOf(String(value), at) };
    }
    if (typeof value === 'boolean' || typeof value === 'string') return { kind: 'scalar', at, value };
    if (value instanceof Date) return { kind: 'scalar', at, value: value.toISOString() };
    if (depth === this.#limits.maxDepth) throw notJson(`nested deeper than ${this.#limits.maxDepth} levels`, at);
    if (Array.isArray(value))
      return { kind: 'list', at, items: value.map((item, i) => this.tree(item, `${pointer}/${i}`, depth + 1)) };
    const entries = Object.entries(value as Record<string, TomlValue>).map(([name, item]) => {
      const inner = pointer + pointerPart(name);
      const nameAt = this.#places.of(inner);
      if (name === '__proto__') throw notJson('a name that no reader can have', nameAt);
      return { name, at: nameAt, value: this.tree(item, inner, depth + 1) };
    });
    return { kind: 'map', at, entries };
  }
}
