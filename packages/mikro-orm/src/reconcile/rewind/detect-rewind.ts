import type { MikroORM } from '@mikro-orm/core';
import { type RedisClient, type Replica, type ReplicaMarks, type Watermark, whenReady, within } from '@tenantry/redis';
import { internalFork } from '../../database/internal-fork.ts';
import { findOwn, updateOwn, upsertOwn } from '../../database/own-queries.ts';
import { drawVersion } from '../../outbox/draw-version.ts';
import type { OnReport } from '../../reports/report.ts';
import { ReplicaState } from '../../tables/replica-state.ts';

/**
 * How Redis and the database stand to each other. `redis`: Redis went back to an earlier state. `database`: the database did.
 * `restarted`: Redis is another server, or another life of it, and may have lost its last moments. `unfilled`: not everything
 * was published into it yet.
 */
export type HistoryVerdict = 'same' | 'restarted' | 'redis' | 'database' | 'unfilled';

/** What comparing works with. */
export interface RewindParts {
  readonly orm: MikroORM;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly history: ReplicaMarks;
  readonly report: OnReport;
}

const READ_MS = 5_000;
/** Of a mark: what there is was on none of the servers as a whole. */
const NONE = '?';
const TRIES = 3;

/**
 * Both sides keep a mark, an id of the outbox, that moves on from time to time. The database says which marks Redis may have:
 *
 *   database: announces 9           Redis: takes 9           database: confirms 9
 *
 * From the confirmed to the announced one all is well, wherever a crash came between. An older one in Redis means that Redis
 * went back; a newer one that nobody announced means that the database did. `moves`: they move on where all is well. `draws`: looks whether the outbox's
 * ids still go on; after a `truncate` they begin again, and Redis would refuse everything new as old.
 */
export async function detectRewind(parts: RewindParts, moves: boolean, draws = moves): Promise<HistoryVerdict> {
  const { redis, replica, history } = parts;
  const bounded = <T>(work: Promise<T>) => within(READ_MS, 'Looking at Redis', work);
  const state = await readState(parts);
  await bounded(whenReady(redis));
  // The mark after the state: it never is older than what was confirmed before.
  const [isFilled, mark, servers] = await bounded(
    Promise.all([replica.isFilled(), history.watermark(), history.incarnations()]),
  );
  if (!isFilled) return 'unfilled';
  if (!mark && state.confirmed === 0) {
    if (moves) await moveMark(parts, mark, servers);
    return 'same';
  }
  if (!mark || mark.version < state.confirmed) return 'redis';
  if (mark.version > state.announced) {
    // Another process may have moved both on between the two readings.
    const later = await readState(parts);
    return mark.version > later.announced ? 'database' : 'same';
  }
  if (draws && !(await idsGoOn(parts, state.announced))) return 'database';
  const isElsewhere = mark.servers !== servers && mark.servers !== '' && servers !== '';
  const hasRestarted = isElsewhere || mark.servers === NONE;
  // Another life of Redis is noted when it is repaired, so that whoever looks next knows of it, also where this process dies.
  if (moves) await moveMark(parts, mark, hasRestarted || servers === '' ? mark.servers : servers);
  return hasRestarted ? 'restarted' : 'same';
}

/** Redis went back: it is to be filled, and repaired then, since it may still have what was deleted since. */
export async function giveUpRedis({ history }: RewindParts): Promise<void> {
  const mark = await history.watermark();
  await history.setWatermark(mark, { version: mark?.version ?? 0, servers: NONE });
  await history.dropFilled();
}

/**
 * Writes a new mark on both sides after everything was published into these servers. After a fill, a mark that nobody announced stays:
 * it tells of a database that went back, and of that a fill mends nothing. And what is still to be repaired is so after it.
 */
export async function writeNewMark(parts: RewindParts, after: 'fill' | 'resync', servers: string): Promise<void> {
  const mark = await parts.history.watermark();
  if (after === 'fill' && (await isUnannounced(parts, mark))) return;
  await moveMark(parts, mark, after === 'fill' && mark?.servers ? mark.servers : servers);
}

/** The run ids of the servers as they are now. */
export function presentIncarnations({ redis, history }: RewindParts): Promise<string> {
  return within(
    READ_MS,
    'Looking at Redis',
    whenReady(redis).then(() => history.incarnations()),
  );
}

/**
 * Everything is right since `servers` were the present ones: tells the readers that know what Redis had lost, and notes the life of Redis.
 * Where another one has begun meanwhile, that is for the next repair.
 */
export async function announceRepair(parts: RewindParts, servers: string, onProgress: () => void): Promise<void> {
  const { orm, replica, history } = parts;
  const goesOn = async () => {
    onProgress();
    return servers === (await presentIncarnations(parts));
  };
  if (!(await goesOn())) return;
  const as = await internalFork(orm).transactional(drawVersion);
  if (!(await replica.completeRepair(as, goesOn))) return;
  // Another process may move it on meanwhile.
  for (let i = 0; i < TRIES; i++) {
    const mark = await history.watermark();
    if (!mark || (await isUnannounced(parts, mark)) || (await moveMark(parts, mark, servers))) return;
  }
}

/** An id that is not newer than one that was announced before it: then no mark above it counts as announced, until a resync. */
async function idsGoOn({ orm, replica }: RewindParts, announced: number): Promise<boolean> {
  const { prefix } = replica.names;
  return internalFork(orm).transactional(async em => {
    const drawn = await drawVersion(em);
    if (drawn > announced) return true;
    await updateOwn(em, ReplicaState, { prefix }, { announced: drawn, confirmed: drawn });
    return false;
  });
}

async function isUnannounced(parts: RewindParts, mark: Watermark | undefined): Promise<boolean> {
  return mark !== undefined && mark.version > (await readState(parts)).announced;
}

/** False: it is not `from` any more. */
async function moveMark(parts: RewindParts, from: Watermark | undefined, servers: string): Promise<boolean> {
  const { orm, replica, history } = parts;
  const { prefix } = replica.names;
  const version = await internalFork(orm).transactional(async em => {
    const drawn = await drawVersion(em);
    const row = { prefix, confirmed: 0, announced: drawn };
    await upsertOwn(em, ReplicaState, row, 'prefix', ['announced']);
    return drawn;
  });
  if (!(await within(READ_MS, 'Marking Redis', history.setWatermark(from, { version, servers })))) return false;
  await updateOwn(internalFork(orm), ReplicaState, { prefix, announced: version }, { confirmed: version });
  return true;
}

async function readState({ orm, replica }: RewindParts): Promise<{ confirmed: number; announced: number }> {
  const { prefix } = replica.names;
  const [row] = await findOwn(internalFork(orm), ReplicaState, { prefix });
  return { confirmed: Number(row?.confirmed ?? 0), announced: Number(row?.announced ?? 0) };
}
