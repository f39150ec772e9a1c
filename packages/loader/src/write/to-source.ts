import { stringify as toToml } from 'smol-toml';
import { Document, isScalar, visit } from 'yaml';
import type { FolderFormat } from '../documents/parse-source.ts';
import { needsQuotes } from './needs-quotes.ts';
import { isVast } from './vast-numbers.ts';

/**
 * The text of a value, the same for the same value: names sorted, LF. TOML has no text for lists at the top and for `null`, and neither TOML
 * nor JSON has one by which a number beyond 2^53 is known as no whole one: YAML has.
 */
export function toSource(
  value: unknown,
  format: FolderFormat,
): { readonly text: string; readonly format: FolderFormat } {
  const ordered = sorted(value);
  if (some(ordered, isVast)) return { format: 'yaml', text: yamlText(ordered) };
  if (format === 'json') return { format, text: `${JSON.stringify(ordered, null, 2)}\n` };
  if (format === 'toml' && isTable(ordered) && !some(ordered, part => part === null))
    return { format, text: tomlText(ordered) };
  return { format: 'yaml', text: yamlText(ordered) };
}

function yamlText(value: unknown): string {
  const document = new Document(value, { version: '1.2', schema: 'core', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && isVast(node.value)) node.format = 'EXP';
      if (needsQuotes(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  // At the top there is no indentation by which a block could keep blanks before its text.
  if (isScalar(document.contents) && typeof value === 'string' && /^\s/.test(value))
    document.contents.type = 'QUOTE_DOUBLE';
  return document.toString({ lineWidth: 0 });
}

function tomlText(table: object): string {
  const text = toToml(table);
  // An empty file would be taken for one that is about to be written.
  if (text.trim() === '') return '# no properties\n';
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** The names of every map in one order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(name => [name, sorted(value[name])]),
  );
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function some(value: unknown, holds: (part: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return holds(value);
  return Object.values(value).some(part => some(part, holds));
}
