import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSyntaxError } from './find-syntax-error.ts';

/**
 * For the end of a line about a config that Node could not import: where it stumbled, and what to do where that is TypeScript. Node
 * removes types and nothing else: no decorators, no enums, no imports without an extension. Empty for any other error.
 */
export function importTrouble(error: unknown, config: string): string {
  if (!(error instanceof Error)) return '';
  const place = placeOfSyntax(error, config) ?? placeOfImport(error);
  if (!place) return '';
  const at = ` at ${place.file}${place.line === undefined ? '' : `:${place.line}`}`;
  return /\.[cm]?ts$/.test(place.file) ? `${at}. ${REMEDY}` : at;
}

const REMEDY =
  'Node runs only TypeScript whose types can simply be removed (no decorators, enums or imports without extension): name the compiled .js file, or run the worker with a loader, such as NODE_OPTIONS="--import tsx".';

interface Place {
  readonly file: string;
  readonly line?: number | undefined;
}

/** Node begins the stack of such an error with the file and the line, or can be made to say it. */
function placeOfSyntax(error: Error, config: string): Place | undefined {
  if (error.name !== 'SyntaxError') return undefined;
  const [, file, line] = PLACE.exec(error.stack ?? '') ?? PLACE.exec(findSyntaxError(config)) ?? [];
  return file === undefined ? undefined : { file: pathOf(file), line: Number(line) };
}

const PLACE = /^(\S.*):(\d+)(?:\n|$)/;

const UNRESOLVED = ['ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT', 'MODULE_NOT_FOUND'];

/** Node names the importing file, and not the line. */
function placeOfImport(error: Error & { code?: unknown; url?: unknown; requireStack?: unknown }): Place | undefined {
  if (!UNRESOLVED.includes(String(error.code))) return undefined;
  const [required] = Array.isArray(error.requireStack) ? error.requireStack : [];
  const file = required ?? / imported from (.+)$/m.exec(error.message)?.[1];
  const wanted = / (?:package|module|import) '([^']+)'/.exec(error.message)?.[1];
  if (typeof file !== 'string' || wanted === undefined) return undefined;
  const path = pathOf(file);
  return { file: path, line: lineOf(path, wanted) };
}

/** The first line of this file that speaks of this package, or of this path in quotes. */
function lineOf(file: string, wanted: string): number | undefined {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    const names = (line: string) =>
      [...line.matchAll(/(['"`])(.+?)\1/g)].some(
        ([, , text = '']) => `${text}/`.startsWith(`${wanted}/`) || resolve(dirname(file), text) === pathOf(wanted),
      );
    return lines.findIndex(names) + 1 || undefined;
  } catch {
    return undefined;
  }
}

function pathOf(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file;
}
