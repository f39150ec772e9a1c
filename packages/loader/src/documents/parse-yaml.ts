import { Composer, type Document, isAlias, isMap, isScalar, isSeq, Lexer, type Node, Parser, type Scalar } from 'yaml';
import { numberOf, wholeNumberOf } from './number-of.ts';
import { notJson, notParsed, type SourceFault } from './source-fault.ts';
import type { SourceLimits } from './source-limits.ts';
import type { Tree, TreeEntry } from './tree.ts';

/**
 * The trees of a YAML text, one for each of its documents: YAML 1.2 with its core schema. `on` and `yes` are texts there, `0o14` is twelve,
 * `1_000` and dates are texts. What JSON cannot hold is refused.
 */
export function parseYaml(text: string, limits: SourceLimits): Tree[] {
  const control = text.search(CONTROL);
  if (control >= 0) throw notParsed('a control character: is this a whole file, and UTF-8?', control);
  return documentsOf(text, limits).map(document => {
    const [fault] = [...document.errors, ...document.warnings];
    if (fault) throw notParsed(MESSAGES[fault.code] ?? 'the text is not YAML', fault.pos[0]);
    const { yaml } = document.directives;
    if (yaml.explicit && yaml.version !== '1.2')
      throw notParsed(`the file asks for YAML ${yaml.version}, of which the same text may be another value`, 0);
    const contents = document.contents as Node | null;
    if (contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === ''))
      throw notParsed('the document is empty: write `null` for no value', contents?.range?.[0] ?? document.range[0]);
    return new YamlReader(limits).tree(contents, 0);
  });
}

// The parser takes them for letters. UTF-16 has them, and so has a file of which a crash left nothing but zeros.
const CONTROL = /[^\P{Cc}\t\n\r\u007f-\u009f]/u;

// Not `uniqueKeys`: it compares each name with all before it, so that 20,000 of them take five seconds. They are compared below.
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  strict: true,
  uniqueKeys: false,
  intAsBigInt: true,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/**
 * As `parseAllDocuments` does it, and step by step: what composes the documents calls itself for each level, and finds out by running
 * out of stack how deep a text nests.
 */
function documentsOf(text: string, limits: SourceLimits): Document.Parsed[] {
  const parser = new Parser();
  const composer = new Composer(OPTIONS);
  const documents: Document.Parsed[] = [];
  // A level is a list or a map, and a pair in it.
  const deepest = 2 * limits.maxDepth + 4;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (parser.stack.length > deepest) throw tooDeep(limits, parser.offset);
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  return documents;
}

// Not the words of the parser: they may quote the text.
const MESSAGES: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias has neither anchor nor tag',
  BAD_ALIAS: 'an alias or an anchor needs a name',
  BAD_DIRECTIVE: 'a directive that YAML 1.2 does not know',
  BAD_DQ_ESCAPE: 'a text in double quotes has an escape that YAML does not know',
  BAD_INDENT: 'the indentation does not fit',
  BAD_SCALAR_START: 'a text that begins so needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a name and its value cannot follow another name on one line',
  BLOCK_IN_FLOW: 'a block cannot stand within brackets',
  KEY_OVER_1024_CHARS: 'the name of a property is longer than 1,024 characters',
  MISSING_CHAR: 'a character is missing: a blank, a quote, a comma or a bracket',
  MULTILINE_IMPLICIT_KEY: 'the name of a property goes over several lines, or ":" is missing',
  MULTIPLE_ANCHORS: 'a value has two anchors',
  MULTIPLE_TAGS: 'a value has two tags',
  TAB_AS_INDENT: 'a tab cannot indent: use blanks',
  TAG_RESOLVE_FAILED: 'a tag that is none of JSON’s values',
};

const PLAIN_TAGS: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map(tag => `tag:yaml.org,2002:${tag}`),
);

/** Reads one document. By hand and not by `toJS`, for the places, for the limits, and for the names of properties. */
class YamlReader {
  readonly #limits: SourceLimits;
  readonly #anchors = new Map<string, Node>();
  /** The anchored nodes that are being read: an alias of one of them would contain itself. */
  readonly #open = new Set<Node>();
  /** Where the alias stands that is being followed. */
  #followed: number | undefined;
  #aliased = 0;

  constructor(limits: SourceLimits) {
    this.#limits = limits;
  }

  tree(node: Node | null, depth: number): Tree {
    const at = this.#followed ?? node?.range?.[0] ?? 0;
    if (this.#followed !== undefined && ++this.#aliased > this.#limits.maxAliased)
      throw notJson(`the aliases of the file stand for more than ${this.#limits.maxAliased} values`, at);
    if (node === null) return { kind: 'scalar', at, value: null };
    if (isAlias(node)) return this.#follow(node.source, at, depth);
    if (node.tag !== undefined && !PLAIN_TAGS.has(node.tag)) throw notJson('a tag that is none of JSON’s values', at);
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined && this.#followed === undefined) this.#anchors.set(anchor, node);
    if (isScalar(node)) return { kind: 'scalar', at, value: scalarOf(node, at) };
    if (depth === this.#limits.maxDepth) throw tooDeep(this.#limits, at);
    this.#open.add(node);
    const tree: Tree = isSeq(node)
      ? { kind: 'list', at, items: node.items.map(item => this.tree(item as Node | null, depth + 1)) }
      : { kind: 'map', at, entries: this.#entries(node, at, depth + 1) };
    this.#open.delete(node);
    return tree;
  }

  #entries(node: Node, at: number, depth: number): TreeEntry[] {
    if (!isMap(node)) throw notJson('a value that JSON does not know', at);
    const names = new Set<string>();
    return node.items.map(({ key, value }) => {
      const nameAt = this.#followed ?? (key as Node | null)?.range?.[0] ?? at;
      const name = this.#name(key as Node | null, nameAt);
      // `1` and `"1"` are two keys for YAML, and one name for JSON.
      if (names.has(name)) throw notParsed('the property stands there twice', nameAt);
      names.add(name);
      return { name, at: nameAt, value: this.tree(value as Node | null, depth) };
    });
  }

  /** The text as it is written: `8080` and `null` are names like any other. */
  #name(key: Node | null, at: number): string {
    if (isAlias(key)) throw notJson('an alias as the name of a property', at);
    if (!isScalar(key)) throw notJson('the name of a property must be a text', at);
    if (key.tag !== undefined && !PLAIN_TAGS.has(key.tag)) throw notJson('a tag that is none of JSON’s values', at);
    const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
    if (key.type === 'PLAIN' && name === '<<')
      throw notJson(
        '"<<" merges in YAML 1.1, and is a name like any other in YAML 1.2: write the properties, or quote it',
        at,
      );
    if (name === '__proto__' || !name.isWellFormed()) throw notJson('a name that no reader can have', at);
    const { anchor } = key as { anchor?: string };
    if (anchor !== undefined && this.#followed === undefined) this.#anchors.set(anchor, key);
    return name;
  }

  #follow(name: string, at: number, depth: number): Tree {
    const node = this.#anchors.get(name);
    if (!node) throw notParsed('an alias without an anchor before it', at);
    if (this.#open.has(node)) throw notJson('an alias of the value that it stands in', at);
    const before = this.#followed;
    this.#followed = at;
    const tree = this.tree(node, depth);
    this.#followed = before;
    return tree;
  }
}

function scalarOf({ value, source }: Scalar, at: number): string | number | boolean | null {
  if (typeof value === 'bigint') return wholeNumberOf(value, at);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw notJson('a number that JSON does not know', at);
    return numberOf(source ?? String(value), at);
  }
  if (typeof value === 'string' && !value.isWellFormed()) throw notJson('a text with half a surrogate pair', at);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  throw notJson('a value that JSON does not know', at);
}

function tooDeep({ maxDepth }: SourceLimits, at: number): SourceFault {
  return notJson(`nested deeper than ${maxDepth} levels`, at);
}
