import { checkOptions } from '@tenantry/protocol/internal';
import { type FolderFormat, parseSource } from '../documents/parse-source.ts';
import { valueIn } from '../documents/tree.ts';
import { type FolderLimits, LIMIT_RULES } from './folder-limits.ts';

const DEFAULTS: FolderLimits = {};

/** The values of a file's text, one for each of its documents, as a scan reads them; undefined where a scan would refuse it. */
export function valuesOfText(text: string, format: FolderFormat): readonly unknown[] | undefined {
  try {
    return parseSource(text, format, checkOptions('valuesOfText', DEFAULTS, LIMIT_RULES)).map(valueIn);
  } catch {
    return undefined;
  }
}
