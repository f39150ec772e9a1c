import { isDeepStrictEqual } from 'node:util';
import { diffJson } from '@tenantry/protocol/internal';
import { type Document, isSeq, parseAllDocuments } from 'yaml';

const OPTIONS = { version: '1.2', schema: 'core', merge: false, strict: true, logLevel: 'silent' } as const;
const TEXT = { lineWidth: 0 } as const;

/**
 * The text with another value in it; comments, order and style of what stays are kept. `config`: the value of this name in a file of several,
 * undefined: the whole. `value` undefined: the name is taken out. Undefined where the text would not say what it should.
 */
export function editYaml(text: string, config: string | undefined, value: unknown): string | undefined {
  const documents = parseAllDocuments(text, OPTIONS) as Document[];
  const at = documents.findIndex(document => config === undefined || document.hasIn([config]));
  const document = documents[at === -1 ? 0 : at];
  if (!document || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const whole: unknown = document.toJS();
  const wanted = config === undefined ? value : withName(whole as object, config, value);
  edit(document, wanted);
  const edited = documents.map(each => each.toString(TEXT)).join('');
  if (says(edited, at, documents.length, wanted)) return edited;
  // Aliases, or names that are no texts: what stands there is written anew.
  document.contents = document.createNode(wanted, { aliasDuplicateObjects: false }) as never;
  const anew = documents.map(each => each.toString(TEXT)).join('');
  return says(anew, at, documents.length, wanted) ? anew : undefined;
}

/** Changes what differs, and nothing else. */
function edit(document: Document, wanted: unknown): void {
  for (const operation of diffJson(document.toJS(), wanted)) {
    const path = operation.path
      .split('/')
      .slice(1)
      .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (operation.op === 'remove') {
      document.deleteIn(path);
      continue;
    }
    const node = document.createNode(operation.value, { aliasDuplicateObjects: false });
    const list = path.length > 0 ? document.getIn(path.slice(0, -1), true) : undefined;
    if (path.length === 0) document.contents = node as never;
    else if (operation.op === 'add' && isSeq(list)) list.items.splice(Number(path.at(-1)), 0, node);
    else document.setIn(path, operation.op === 'replace' ? scalarOr(operation.value, node) : node);
  }
}

/** A plain value is set into the node that is there: its comment stays with it. */
function scalarOr(value: unknown, node: unknown): unknown {
  return typeof value === 'object' && value !== null ? node : value;
}

function says(text: string, at: number, count: number, wanted: unknown): boolean {
  const documents = parseAllDocuments(text, OPTIONS) as Document[];
  const document = documents[at === -1 ? 0 : at];
  if (documents.length !== count || documents.some(({ errors }) => errors.length > 0)) return false;
  return isDeepStrictEqual(document?.toJS(), wanted);
}

function withName(whole: object, config: string, value: unknown): unknown {
  const { [config]: _, ...others } = whole as Record<string, unknown>;
  if (value === undefined) return others;
  return Object.hasOwn(whole, config) ? { ...whole, [config]: value } : { ...others, [config]: value };
}
