import { parseJson } from './parse-json.ts';
import { parseToml } from './parse-toml.ts';
import { parseYaml } from './parse-yaml.ts';
import { notParsed } from './source-fault.ts';
import type { SourceLimits } from './source-limits.ts';
import type { Tree } from './tree.ts';

/** The formats of configuration files, by the ends of their names. */
export const FORMATS = { yaml: 'yaml', yml: 'yaml', json: 'json', toml: 'toml' } as const;

/** The format of a configuration file. */
export type FolderFormat = (typeof FORMATS)[keyof typeof FORMATS];

/** The values of a file's text; throws `SourceFault`. A text without any is refused: an editor or a copy may be about to write it. */
export function parseSource(text: string, format: FolderFormat, limits: SourceLimits): readonly Tree[] {
  if (text.trim() === '') throw notParsed('the file is empty', 0);
  if (format === 'json') return [parseJson(text, limits)];
  if (format === 'toml') return [parseToml(text, limits)];
  const trees = parseYaml(text, limits);
  if (trees.length === 0) throw notParsed('the file holds no value', 0);
  return trees;
}
