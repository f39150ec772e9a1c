import { type RedisClient, within } from '@tenantry/redis';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import { drawVersion } from '../outbox/draw-version.ts';
import { type BackfillParts, type BackfillProgress, backfill } from './backfill.ts';
import { fillHottest } from './fill-hottest.ts';

/** Options of `fillIfEmpty`. */
export interface FillOptions {
  /** Called after each batch. */
  readonly onProgress?: (progress: BackfillProgress) => void;
  /** Stops after the batch that is under way; another fill may begin at once. */
  readonly signal?: AbortSignal;
}

/** What a fill works with. */
export interface FillParts extends BackfillParts {
  readonly redis: RedisClient;
  /** The present lives of the servers. */
  servers(): Promise<string>;
  /** How many fills of this process were void, one after the other. */
  readonly voided: { times: number };
}

/** One fill of a Redis. */
export interface FillTurn {
  /** Its lease: gone when Redis lost its data once more. */
  readonly token: string;
  /** The id that tells it from the fills before. */
  readonly as: number;
  /** A server that restarted, or evicted something, may have lost the beginning of it, and not the token. */
  isVoid(): Promise<boolean>;
}

const GIVE_UP_MS = 1_000;
const VOID_TIMES = 3;

/**
 * Publishes every table into a Redis that never had them or lost them, the tenants that are followed most first. Answers with the servers
 * that are filled then, or with false where they were already, somebody else is at it, or data was lost once more meanwhile.
 */
export async function fillReplica(
  parts: FillParts,
  definitions: readonly ReplicatedDefinition[],
  options: FillOptions,
): Promise<false | { readonly servers: string }> {
  const { orm, replica, report, voided } = parts;
  if (await replica.isFilled()) return false;
  const servers = await parts.servers();
  const token = await replica.beginFill();
  if (token === undefined) return false;
  const startedAt = performance.now();
  try {
    // A Redis that evicts all the time would never be filled. It is repaired then, with pauses.
    const isVoid = async () => voided.times < VOID_TIMES && servers !== (await parts.servers());
    const turn = { token, isVoid, as: await orm.em.fork().transactional(drawVersion) };
    const rows = await publishAll(parts, definitions, turn, options);
    if (rows === undefined || (await isVoid())) {
      voided.times++;
      return false;
    }
    if (!(await replica.completeFill(token, turn.as))) return false;
    voided.times = 0;
    report({ kind: 'filled', rows, ms: performance.now() - startedAt });
    return { servers };
  } finally {
    // A deadlock with a writer ends a fill, too: the next to try must not have to wait until the lease of this one is
    // over. One that is complete has no token any more.
    await within(GIVE_UP_MS, 'Giving up a fill', replica.giveUpFill(token)).catch(() => undefined);
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
  let rows = 0;
  const publish: PublishPart = async (definition, part) => {
    const progress = await backfill(parts, definition, {
      ...part,
      signal: stop,
      onProgress(present) {
        onProgress?.(present);
        parts.replica.keepFilling(turn.token).then(
          kept => kept || lost.abort(),
          () => lost.abort(),
        );
      },
    });
    rows += progress.rows;
    return !stop.aborted;
  };
  const done = await fillHottest(parts, definitions, turn, publish);
  if (!done) return undefined;
  for (const definition of definitions) {
    if (!done.definitions.has(definition) && !(await publish(definition, { without: done.tenants }))) return undefined;
  }
  return rows;
}

/** Publishes some of a definition's rows. False: Redis lost them again, or the fill is to stop. */
export type PublishPart = (
  definition: ReplicatedDefinition,
  part: Pick<Parameters<typeof backfill>[2], 'where' | 'without'>,
) => Promise<boolean>;
