import { checkOptions } from '@tenantry/protocol/internal';
import { type FolderLimits, LIMIT_RULES } from './folder-limits.ts';
import type { FolderScan } from './folder-scan.ts';
import { FolderScanner } from './folder-scanner.ts';

/** Options of `scanFolder`. */
export interface ScanOptions extends FolderLimits {}

/**
 * Reads a folder of configuration files once. What is wrong with a file is a problem of the scan, and the others go on. `INVALID_OPTION` for
 * a bad option; it rejects for nothing else.
 */
export async function scanFolder(dir: string, options: ScanOptions = {}): Promise<FolderScan> {
  return createFolderScanner(dir, options).scan();
}

/** Scans one folder many times; what has not changed since the last scan is not read again. */
export function createFolderScanner(dir: string, options: ScanOptions = {}): FolderScanner {
  return new FolderScanner(dir, checkOptions('scanFolder', options, LIMIT_RULES));
}
