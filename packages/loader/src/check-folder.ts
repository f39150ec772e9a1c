import type { AnyConfig } from '@tenantry/protocol';
import { checkDocuments } from './check/check-documents.ts';
import { checkLayers } from './check/check-layers.ts';
import type { FolderScan } from './folder/folder-scan.ts';
import { type ScanOptions, scanFolder } from './folder/scan-folder.ts';

/** Reads a folder once and checks it against the definitions, without a database: each value with `checkDocuments`, and what comes of several scopes with `checkLayers`. */
export async function checkFolder(
  dir: string,
  definitions: Iterable<AnyConfig>,
  options: ScanOptions = {},
): Promise<FolderScan> {
  const configs = [...definitions];
  return checkLayers(checkDocuments(await scanFolder(dir, options), configs), configs);
}
