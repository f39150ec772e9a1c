import { checkFunctionOption, checkOptionNames, checkWholeOption, refuseOption } from '@tenantry/protocol/internal';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import {
  type BackfillSelection,
  type PublishedBatch,
  publishBatch,
  type RepublishParts,
  readBatch,
} from './republish-rows.ts';

/** Where a backfill stands; `after` of the last one resumes it. */
export interface BackfillProgress {
  readonly definition: string;
  readonly rows: number;
  /** Rows Redis did not have in a state as new. */
  readonly applied: number;
  /** Rows that cannot be replicated: no tenant, not encodable, too large. Each was reported. */
  readonly failed: number;
  readonly after: string | undefined;
}

/** Options of `backfill`. */
export interface BackfillOptions {
  /** Only rows for which this condition holds, as in `em.find`. */
  readonly where?: object;
  /** Resume after this record id. */
  readonly after?: string | undefined;
  /** Rows read, locked and published together, 1 to 10,000. Default 1,000. */
  readonly batchSize?: number;
  /** Called after each batch. */
  readonly onProgress?: (progress: BackfillProgress) => void;
  /** Stops after the batch that is under way. */
  readonly signal?: AbortSignal;
}

const BATCH_MOST = 10_000;

/** Throws `INVALID_OPTION` where an option is wrong, or is none of `backfill`. */
export function checkBackfillOptions(options: BackfillOptions): BackfillOptions {
  checkOptionNames('backfill', options, ['where', 'after', 'batchSize', 'onProgress', 'signal']);
  const { where, after } = options;
  if (where !== undefined && (typeof where !== 'object' || where === null))
    refuseOption('where', 'a condition as in `em.find`', where);
  if (after !== undefined && typeof after !== 'string') refuseOption('after', 'the `after` of a backfill', after);
  checkWholeOption('batchSize', options.batchSize, 1, BATCH_MOST);
  checkFunctionOption('onProgress', options.onProgress);
  return options;
}

/**
 * Publishes a whole table, batch by batch, in constant memory. Each batch draws its version while its rows are
 * locked for writers, so it is newer than every change before and older than every change after:
 *
 *   writer:   UPDATE row, outbox id 7                          COMMIT
 *   backfill:                          lock the row (waits)            read it, draw 8, publish as 8
 *
 * Drawn without the lock, the backfill's 8 would carry the state before 7, and 7 would come too late.
 *
 * What was changed and is not yet published comes first, with the whole of its transaction:
 *
 *   writer:   changes A and C  COMMIT                                        publish A and C
 *   backfill:                          read A, draw 8, publish A as 8    → shows the new A beside the old C
 */
export async function backfill(
  parts: RepublishParts,
  definition: ReplicatedDefinition,
  options: BackfillOptions & BackfillSelection,
): Promise<BackfillProgress> {
  const { batchSize = 1_000, onProgress, signal, without } = options;
  let progress: BackfillProgress = {
    definition: definition.name,
    rows: 0,
    applied: 0,
    failed: 0,
    after: options.after,
  };
  let publishing: Promise<PublishedBatch> = Promise.resolve({ applied: 0, failed: 0, left: 0 });
  for (;;) {
    const where = options.where ? { $and: [definition.where, options.where] } : definition.where;
    const batch = await readBatch(parts, definition, { where, after: progress.after, limit: batchSize });
    // One batch is read while the one before is published.
    const before = await publishing;
    progress = including(progress, before);
    if (progress.after !== options.after) onProgress?.(progress);
    publishing = publishBatch(parts, definition, batch, { without });
    publishing.catch(() => undefined);
    const { rows } = batch;
    const last = rows.at(-1);
    if (last) progress = { ...progress, rows: progress.rows + rows.length, after: last.recordId };
    if (rows.length < batchSize || signal?.aborted) break;
  }
  const end = await publishing;
  progress = including(progress, end);
  onProgress?.(progress);
  return progress;
}

function including(progress: BackfillProgress, { applied, failed, left }: PublishedBatch): BackfillProgress {
  const rows = progress.rows - left;
  return { ...progress, rows, applied: progress.applied + applied, failed: progress.failed + failed };
}
