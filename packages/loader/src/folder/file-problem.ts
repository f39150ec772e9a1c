import type { ErrorCode, Scope } from '@tenantry/protocol';

/** What may be wrong with a file or folder by itself: docs/guides/configs-from-files.md explains each. */
export const FILE_PROBLEM_CODES = [
  ...(['UNREADABLE', 'NOT_A_FILE', 'OUTSIDE', 'LINK_LOOP', 'MISSING_TARGET', 'TOO_LARGE', 'TOO_MANY'] as const),
  ...(['BAD_NAME', 'TWINS', 'DUPLICATE', 'NO_SCOPE', 'CHANGING', 'NOT_PARSED', 'NOT_JSON'] as const),
  ...(['UNKNOWN_CONFIG', 'SECRET_REFUSED', 'SECRET_MISSING'] as const),
] as const;

/** The code of what is wrong with a file or folder by itself. */
export type FileProblemCode = (typeof FILE_PROBLEM_CODES)[number];

/** Something that is wrong with a file or folder. The others are not touched by it. */
export interface FileProblem {
  /** Below the folder that was scanned, with `/`; empty: the folder itself. */
  readonly path: string;
  /** From 1; undefined: the file as a whole. */
  readonly line?: number | undefined;
  /** From 1, in UTF-16 units. */
  readonly column?: number | undefined;
  /** The scope whose folder it lies in; undefined where there is none. */
  readonly scope?: Scope | undefined;
  /** The config that the file is about; undefined where it is about several, or nobody knows. */
  readonly config?: string | undefined;
  /** A code of the folder's own, or that of the error with which the store refuses the value. */
  readonly code: FileProblemCode | ErrorCode;
  /** What is wrong, without values. */
  readonly message: string;
}

/** Something in a file that may be a mistake, and that counts all the same. */
export type FileWarning = Omit<FileProblem, 'code'>;

/** A problem or a warning as one line: `tenants/acme/limits.yaml:3:5 …`. */
export function problemLine({ path, line, column, message }: FileWarning): string {
  const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
  // The name of a file may have anything in it, also what looks like the next line of a log.
  return `${place === '' ? '.' : place}: ${message}`.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
