import { within } from '@tenantry/redis';
import { internalFork } from '../database/internal-fork.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import { drawVersion } from '../outbox/draw-version.ts';
import { type BackfillProgress, backfill } from './backfill.ts';
import { fillHottest } from './fill-hottest.ts';
import { FillLease } from './fill-lease.ts';
import { FillSteps } from './fill-steps.ts';
import type { FillParts, FillTurn, PublishPart } from './fill-turn.ts';

/** Options of `fillIfEmpty`. */
export interface FillOptions {
  /** Called after each batch. */
  readonly onProgress?: (progress: BackfillProgress) => void;
  /** Stops after the batch that is under way; another fill may begin at once. */
  readonly signal?: AbortSignal;
}

const GIVE_UP_MS = 1_000;
const VOID_TIMES = 3;

/** Fills a Redis that never had the tables, or lost them. */
export class ReplicaFiller {
  readonly #parts: FillParts;
  /** How many fills of this process were void, one after the other. */
  #voidTimes = 0;

  constructor(parts: FillParts) {
    this.#parts = parts;
  }

  /**
   * Publishes every table, the tenants that are followed most first. Answers with the servers that are filled then, or with false
   * where they were filled already, where another process fills them, or where data was lost once more meanwhile.
   */
  async fillIfEmpty(
    definitions: readonly ReplicatedDefinition[],
    options: FillOptions,
  ): Promise<false | { readonly incarnations: string }> {
    const { orm, replica, report, installation } = this.#parts;
    await installation.check();
    if (await replica.isFilled()) return false;
    const incarnations = await this.#parts.incarnations();
    const token = await replica.beginFill();
    if (token === undefined) return false;
    const startedAt = performance.now();
    const steps = new FillSteps(this.#parts.redis);
    try {
      // A Redis that evicts all the time would never be filled. It is repaired then, with pauses.
      const isVoid = async () =>
        this.#voidTimes < VOID_TIMES && incarnations !== (await steps.run(() => this.#parts.incarnations()));
      const as = await steps.run(() => internalFork(orm).transactional(drawVersion));
      const turn: FillTurn = { token, isVoid, as, steps };
      const rows = await publishAll(this.#parts, definitions, turn, options);
      if (rows === undefined || (await isVoid())) {
        this.#voidTimes++;
        return false;
      }
      if (!(await steps.run(() => replica.completeFill(token, as)))) return false;
      this.#voidTimes = 0;
      report({ kind: 'filled', rows, ms: performance.now() - startedAt });
      return { incarnations };
    } finally {
      // A lost connection ends a fill, too: the next to try must not have to wait until the lease of this one is
      // over. One that is complete has no token any more.
      await within(GIVE_UP_MS, 'Giving up a fill', replica.giveUpFill(token)).catch(() => undefined);
    }
  }
}

/** How many rows were published; undefined where Redis lost them again or the signal came. */
async function publishAll(
  parts: FillParts,
  definitions: readonly ReplicatedDefinition[],
  turn: FillTurn,
  { onProgress, signal }: FillOptions,
): Promise<number | undefined> {
  const lost = new AbortController();
  const stop = signal ? AbortSignal.any([signal, lost.signal]) : lost.signal;
  const lease = new FillLease({ keep: () => parts.replica.keepFilling(turn.token), onLost: () => lost.abort() });
  let rows = 0;
  const publish: PublishPart = async (definition, part) => {
    let present: BackfillProgress = { definition: definition.name, rows: 0, applied: 0, failed: 0, after: undefined };
    const goOn = (from: BackfillProgress) =>
      backfill(parts, definition, {
        ...part,
        after: from.after,
        signal: stop,
        onProgress(next) {
          present = sumOf(from, next);
          lease.stepped();
          turn.steps.stepped();
          onProgress?.(present);
        },
      });
    // A worker that closes says so when it is told.
    await turn.steps.run(
      () => goOn(present),
      () => onProgress?.(present),
    );
    rows += present.rows;
    return !stop.aborted;
  };
  try {
    const done = await fillHottest(parts, definitions, turn, publish);
    if (!done) return undefined;
    for (const definition of definitions) {
      if (!done.definitions.has(definition) && !(await publish(definition, { without: done.tenants })))
        return undefined;
    }
    return rows;
  } finally {
    lease.end();
  }
}

function sumOf(before: BackfillProgress, { rows, applied, failed, ...place }: BackfillProgress): BackfillProgress {
  return { ...place, rows: before.rows + rows, applied: before.applied + applied, failed: before.failed + failed };
}
