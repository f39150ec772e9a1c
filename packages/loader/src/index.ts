// Files into a database.

export { exitCodeOf, type LoadReport } from './apply/load-report.ts';
export { checkFolder } from './check-folder.ts';
export { type EndingValue, type ExportedFolder, type ExportFolderOptions, exportFolder } from './export-folder.ts';
export { type FileProblem, type FileProblemCode, type FileWarning, problemLine } from './folder/file-problem.ts';
export { loadOnce } from './load-once.ts';
export type { ImportFolderOptions, LoaderOptions, LoadOnceOptions } from './loader-options.ts';
export type { LoaderStatus } from './loader-status.ts';
export type { MaxPrune, PruneRefusal } from './plan/find-orphans.ts';
export type { LoadAction, LoadItem } from './plan/load-item.ts';
export type { LoadPolicy } from './plan/plan-scope.ts';
export type { SecretOptions } from './secrets/resolve-secrets.ts';
export { startLoader, type TenantryLoader } from './start-loader.ts';
export type { WatchOptions } from './watch/watch-options.ts';
export type { WrittenFolder } from './write/write-folder.ts';
