import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page of the sources, built into a folder of its own. */
export function buildPageForTest(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-page-'));
  execFileSync(process.execPath, [fileURLToPath(new URL('../build.ts', import.meta.url)), folder]);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
