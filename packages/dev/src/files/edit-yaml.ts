import { isDeepStrictEqual } from 'node:util';
import { isVast, needsQuotes, valuesOfText } from '@tenantry/loader/folder';
import { diffJson, type JsonPatchOperation } from '@tenantry/protocol/internal';
import { Document, isDocument, isNode, isScalar, isSeq, parseAllDocuments, visit } from 'yaml';

const OPTIONS = { version: '1.2', schema: 'core', merge: false, strict: true, logLevel: 'silent' } as const;
const TEXT = { lineWidth: 0 } as const;
const NEW = { aliasDuplicateObjects: false } as const;

/** What the text is to say. */
interface Wanted {
  readonly value: unknown;
  /** Which of its documents is about it, of how many. */
  readonly at: number;
  readonly count: number;
}

/**
 * The text with another value in it; comments, order and style of what stays are kept. `config`: the value of this name in a file of several,
 * undefined: the whole. `value` undefined: the name is taken out. Undefined where the text would not say what it should.
 */
export function editYaml(text: string, config: string | undefined, value: unknown): string | undefined {
  const documents = documentsOf(text);
  const found = documents.findIndex(document => config === undefined || document.hasIn([config]));
  const at = found === -1 ? 0 : found;
  const document = documents[at];
  if (!document || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const present: unknown = document.toJS();
  const wanted = config === undefined ? value : withName(present as object, config, value);
  const operations = diffJson(present, wanted);
  const ways = [
    () => inPlace(text, document, operations),
    () => byNodes(documents, document, operations),
    // Aliases, or names that are no texts: what stands there is written anew.
    () => anew(documents, document, wanted),
  ];
  return firstOf(ways, { value: wanted, at, count: documents.length });
}

/** The first way whose text says what it should. */
function firstOf(ways: readonly (() => string | undefined)[], wanted: Wanted): string | undefined {
  for (const way of ways) {
    try {
      const text = way();
      if (text !== undefined && says(text, wanted)) return text;
    } catch {
      // The document is not made so that this way could go: the next one.
    }
  }
  return undefined;
}

/** Plain values for plain values: every other character stays. */
function inPlace(text: string, document: Document, operations: readonly JsonPatchOperation[]): string | undefined {
  const pieces: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  for (const operation of operations) {
    const node = document.getIn(stepsOf(operation), true);
    if (operation.op !== 'replace' || !isScalar(node) || !node.range || isNested(operation.value)) return undefined;
    const [from, to] = node.range;
    if (text.slice(from, to).includes('\n')) return undefined;
    const piece = new Document(operation.value);
    writeExactly(piece);
    pieces.push({ from, to, text: piece.toString(TEXT).trimEnd() });
  }
  return pieces
    .sort((a, b) => b.from - a.from)
    .reduce((done, piece) => done.slice(0, piece.from) + piece.text + done.slice(piece.to), text);
}

/** Changes the nodes that differ, and no others. A comment may come to stand on a line of its own. */
function byNodes(
  documents: readonly Document[],
  document: Document,
  operations: readonly JsonPatchOperation[],
): string {
  for (const operation of operations) {
    const path = stepsOf(operation);
    if (operation.op === 'remove') {
      document.deleteIn(path);
      continue;
    }
    const node = document.createNode(operation.value, NEW);
    writeExactly(node);
    const list = path.length > 0 ? document.getIn(path.slice(0, -1), true) : undefined;
    if (path.length === 0) document.contents = node as never;
    else if (operation.op === 'add' && isSeq(list)) list.items.splice(Number(path.at(-1)), 0, node);
    // A plain value is set into the node that is there: its comment stays with it.
    else document.setIn(path, operation.op === 'replace' && !isNested(operation.value) ? operation.value : node);
    writeExactly(document.getIn(path, true));
  }
  return textOf(documents);
}

function anew(documents: readonly Document[], document: Document, value: unknown): string {
  document.contents = document.createNode(value, NEW) as never;
  writeExactly(document);
  return textOf(documents);
}

/** As a scan takes it: a whole number beyond 2^53 with all its digits may have lost some, and some texts come back only out of quotes. */
function writeExactly(node: unknown): void {
  if (!isNode(node) && !isDocument(node)) return;
  visit(node, {
    Scalar(_, scalar) {
      if (isVast(scalar.value)) scalar.format = 'EXP';
      if (needsQuotes(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
}

function says(text: string, { value, at, count }: Wanted): boolean {
  // As whoever reads the folder does.
  const values = valuesOfText(text, 'yaml');
  return values?.length === count && isDeepStrictEqual(values[at], value);
}

function documentsOf(text: string): Document[] {
  return parseAllDocuments(text, OPTIONS) as Document[];
}

function textOf(documents: readonly Document[]): string {
  return documents.map(each => each.toString(TEXT)).join('');
}

function stepsOf({ path }: JsonPatchOperation): string[] {
  return path
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function withName(whole: object, config: string, value: unknown): unknown {
  const { [config]: _, ...others } = whole as Record<string, unknown>;
  if (value === undefined) return others;
  return Object.hasOwn(whole, config) ? { ...whole, [config]: value } : { ...others, [config]: value };
}
