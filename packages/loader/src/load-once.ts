import { setTimeout as pause } from 'node:timers/promises';
import type { LoadReport } from './apply/load-report.ts';
import { createImporter } from './create-importer.ts';
import { type FolderScan, wasSeen } from './folder/folder-scan.ts';
import { FolderScanner } from './folder/folder-scanner.ts';
import { type CheckedLoadOnceOptions, checkLoadOnceOptions, type LoadOnceOptions } from './loader-options.ts';
import { Settle } from './watch/settle.ts';

/** How long a folder may go on changing. */
const LONGEST_MS = 5_000;
/** How soon a folder that did not hold still is looked at again. */
const MOVING_MS = 20;

/**
 * Imports a folder once. The files count as they are once they have been quiet for `settleMs`, or after five seconds. What is wrong with a
 * file or refused by the store is in the report, and the others are imported. Rejects with `INVALID_OPTION`, `NOT_REGISTERED`, and with
 * `UNAVAILABLE` or `TIMEOUT` where the store cannot be read: nothing is written then.
 */
export async function loadOnce(options: LoadOnceOptions): Promise<LoadReport> {
  const checked = checkLoadOnceOptions(options);
  const importer = createImporter(checked);
  const { dryRun, signal } = checked;
  const isClosed = () => signal?.aborted === true;
  const { isRetryable: _, ...report } = await importer.import(await settledScan(checked), { dryRun, isClosed });
  return report;
}

async function settledScan(options: CheckedLoadOnceOptions): Promise<FolderScan> {
  const scanner = new FolderScanner(options.dir, options);
  const settle = new Settle({ settleMs: options.settleMs, settleMaxMs: LONGEST_MS });
  for (;;) {
    const scan = await scanner.scan();
    const now = performance.now();
    const counts = settle.take(scan, now);
    if (counts) return counts;
    const againAt = wasSeen(scan) ? (settle.dueAt ?? 0) : now + MOVING_MS;
    await pause(Math.max(1, Math.ceil(againAt - performance.now())));
  }
}
