// The layout of configuration files alone: no ORM, no Redis, nothing of a server.

export { checkDocuments } from './check/check-documents.ts';
export { checkLayers } from './check/check-layers.ts';
export { findWarnings } from './check/find-warnings.ts';
export { loadDefinitions } from './check/load-definitions.ts';
export type { FolderFormat } from './documents/parse-source.ts';
export {
  FILE_PROBLEM_CODES,
  type FileProblem,
  type FileProblemCode,
  type FileWarning,
  problemLine,
} from './folder/file-problem.ts';
export type { FolderDocument, Place } from './folder/folder-document.ts';
export { type FolderLimits, MAX_FILE_BYTES } from './folder/folder-limits.ts';
export type { FolderScan } from './folder/folder-scan.ts';
export type { FolderScanner } from './folder/folder-scanner.ts';
export { folderOf } from './folder/layout.ts';
export { createFolderScanner, type ScanOptions, scanFolder } from './folder/scan-folder.ts';
export { valuesOfText } from './folder/values-of-text.ts';
export { impliedGroups } from './plan/implied-groups.ts';
export { misplaced } from './plan/misplaced.ts';
export { originOf, originOfGone, originPrefix, saysGone } from './plan/origin.ts';
export { type ResolvedSecrets, resolveSecrets, type SecretOptions } from './secrets/resolve-secrets.ts';
export { secretOfFile } from './secrets/secret-file.ts';
export {
  type FoundReference,
  referencesIn,
  type SecretPlace,
  type SecretReference,
  secretReference,
} from './secrets/secret-reference.ts';
export { watchFolder } from './watch/watch-folder.ts';
export type { WatchOptions } from './watch/watch-options.ts';
export { needsQuotes } from './write/needs-quotes.ts';
export { replaceFile } from './write/replace-file.ts';
export { toSource } from './write/to-source.ts';
export { isVast } from './write/vast-numbers.ts';
export { type FolderEntry, type WriteFolderOptions, type WrittenFolder, writeFolder } from './write/write-folder.ts';
