import type { AnyConfig } from '@tenantry/protocol';
import { checkDocuments } from './check/check-documents.ts';
import type { FolderScan } from './folder/folder-scan.ts';
import { type ScanOptions, scanFolder } from './folder/scan-folder.ts';

/** Reads a folder once and checks it against the definitions, without a database: `checkDocuments(await scanFolder(dir), definitions)`. */
export async function checkFolder(
  dir: string,
  definitions: Iterable<AnyConfig>,
  options: ScanOptions = {},
): Promise<FolderScan> {
  return checkDocuments(await scanFolder(dir, options), definitions);
}
