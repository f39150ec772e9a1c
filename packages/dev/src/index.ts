// A folder in the place of the servers.

export { type FileProblem, type FileWarning, loadDefinitions, problemLine } from '@tenantry/loader/folder';
export type { FolderOptions } from './folder-options.ts';
export { type Folder, openFolder } from './open-folder.ts';

// The admin's page and API on it.

export { type Dev, type DevOptions, startDev } from './start-dev.ts';
