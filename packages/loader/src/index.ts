// Files into a database.

export type { FolderScan } from './folder/folder-scan.ts';
