import type { Scope } from '@tenantry/protocol';
import { type FolderFormat, parseSource } from '../documents/parse-source.ts';
import { notJson, notParsed, SourceFault } from '../documents/source-fault.ts';
import type { SourceLimits } from '../documents/source-limits.ts';
import { type Tree, type TreeEntry, valueIn } from '../documents/tree.ts';
import type { FileProblem } from './file-problem.ts';
import type { FolderDocument } from './folder-document.ts';
import { SourcePlaces } from './source-places.ts';

/** A file of the layout, and its text. */
export interface ConfigFile {
  readonly path: string;
  readonly scope: Scope;
  /** Undefined: it holds several configs of its scope, by their names. */
  readonly config: string | undefined;
  readonly format: FolderFormat;
  readonly text: string;
  readonly sha256: string;
}

/** What a file holds. A file with a problem has no documents: half of what it says may be the worse half. */
export interface ReadFile {
  readonly documents: readonly FolderDocument[];
  readonly problems: readonly FileProblem[];
}

/** Reads the documents of a file. */
export function readDocuments(found: ConfigFile, limits: SourceLimits): ReadFile {
  const file = { ...found, text: withLineFeeds(found) };
  const { path, scope, sha256, text } = file;
  const places = new SourcePlaces(text, () => partsOf(file, limits));
  try {
    const documents = partsOf(file, limits).map(({ name, value }): FolderDocument => {
      const json = JSON.stringify(valueIn(value));
      return { scope, config: name, path, sha256, json, place: places.of(name, value.at) };
    });
    return { documents, problems: [] };
  } catch (error) {
    // Whatever else a parser throws at a text that it does not understand: one file must not end the scan of all others.
    const fault = error instanceof SourceFault ? error : notParsed('the text cannot be read', 0);
    const { code, message, offset } = fault;
    return { documents: [], problems: [{ path, ...places.at(offset), code, message }] };
  }
}

/**
 * TOML leaves it to its readers whether a text of several lines has the line ends of its file: git changes them from machine to machine, and a value must
 * not. Places stay as they are.
 */
function withLineFeeds({ text, format }: ConfigFile): string {
  return format === 'toml' ? text.replaceAll('\r\n', '\n') : text;
}

function partsOf(file: ConfigFile, limits: SourceLimits): readonly Pick<TreeEntry, 'name' | 'value'>[] {
  const trees = parseSource(file.text, file.format, limits);
  if (file.config === undefined) return severalOf(trees);
  const [value, second] = trees as [Tree, Tree?];
  if (second)
    throw notJson('the file holds several documents: several configs of a scope are in `@configs.yaml`', second.at);
  return [{ name: file.config, value }];
}

/** The configs of a file that holds several: its documents are maps, by the names of configs. */
function severalOf(trees: readonly Tree[]): readonly TreeEntry[] {
  const names = new Set<string>();
  return trees.flatMap(tree => {
    if (tree.kind !== 'map') throw notJson('a map is expected: from the names of configs to their values', tree.at);
    for (const { name, at } of tree.entries) {
      if (names.has(name)) throw notJson('the config stands there twice', at);
      names.add(name);
    }
    return tree.entries;
  });
}
