import { type BackfillParts, type BackfillProgress, backfill } from './backfill.ts';
import type { PublishedSource } from './published-source.ts';

/** Options of `fillIfEmpty`. */
export interface FillOptions {
  /** Called after each batch. */
  readonly onProgress?: (progress: BackfillProgress) => void;
  /** Stops after the batch that is under way; another fill may begin when this one's lease (30 s) is over. */
  readonly signal?: AbortSignal;
}

/**
 * Publishes every table into a Redis that never had them or lost them. False where it is filled already, where
 * somebody else is at it, or where it lost its data once more meanwhile.
 */
export async function fillReplica(
  parts: BackfillParts,
  sources: readonly PublishedSource[],
  { onProgress, signal }: FillOptions,
): Promise<boolean> {
  const { replica, report } = parts;
  if (await replica.isFilled()) return false;
  const token = await replica.beginFill();
  if (token === undefined) return false;
  const startedAt = performance.now();
  const lost = new AbortController();
  let rows = 0;
  for (const source of sources) {
    const progress = await backfill(parts, source, {
      signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal,
      onProgress(present) {
        onProgress?.(present);
        replica.keepFilling(token).then(
          kept => kept || lost.abort(),
          () => lost.abort(),
        );
      },
    });
    if (lost.signal.aborted || signal?.aborted) return false;
    rows += progress.rows;
  }
  const filled = await replica.completeFill(token);
  if (filled) report({ kind: 'filled', rows, ms: performance.now() - startedAt });
  return filled;
}
