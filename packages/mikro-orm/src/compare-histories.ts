import type { MikroORM } from '@mikro-orm/core';
import {
  type RedisClient,
  type Replica,
  type ReplicaHistory,
  type ReplicaMark,
  whenReady,
  within,
} from '@tenantry/redis';
import { drawVersion } from './draw-version.ts';
import { ReplicaState } from './replica-state.ts';
import type { OnReport } from './report.ts';

/**
 * How Redis and the database stand to each other. `redis`: Redis went back to an earlier state. `database`: the database did.
 * `restarted`: Redis is another server, or another life of it, and may have lost its last moments. `unfilled`: not everything
 * was published into it yet.
 */
export type HistoryVerdict = 'same' | 'restarted' | 'redis' | 'database' | 'unfilled';

/** What comparing works with. */
export interface HistoryParts {
  readonly orm: MikroORM;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly history: ReplicaHistory;
  readonly report: OnReport;
}

const READ_MS = 5_000;
const TELL_MS = 60_000;

/**
 * Both sides keep a mark, an id of the outbox, that moves on from time to time. The database says which marks Redis may have:
 *
 *   database: announces 9           Redis: takes 9           database: confirms 9
 *
 * From the confirmed to the announced one all is well, wherever a crash came between. An older one in Redis means that Redis
 * went back; a newer one that nobody announced means that the database did. `moves`: they move on where all is well.
 */
export async function compareHistories(parts: HistoryParts, moves: boolean): Promise<HistoryVerdict> {
  const { redis, replica, history } = parts;
  const bounded = <T>(work: Promise<T>) => within(READ_MS, 'Looking at Redis', work);
  const state = await readState(parts);
  await bounded(whenReady(redis));
  // The mark after the state: it never is older than what was confirmed before.
  const [isFilled, mark, servers] = await bounded(Promise.all([replica.isFilled(), history.mark(), history.servers()]));
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
  const hasRestarted = mark.servers !== servers && mark.servers !== '' && servers !== '';
  // Another life of Redis is noted when it is repaired, so that whoever looks next knows of it, also where this process dies.
  if (moves) await moveMark(parts, mark, hasRestarted || servers === '' ? mark.servers : servers);
  return hasRestarted ? 'restarted' : 'same';
}

/**
 * Writes a new mark on both sides after everything was published. After a fill, a mark that nobody announced stays: it tells of a
 * database that went back, and of that a fill mends nothing. And where Redis went back, the life that its mark was written in stays: it
 * may still have what was deleted since.
 */
export async function beginHistory(parts: HistoryParts, after: 'fill' | 'resync'): Promise<void> {
  const { history } = parts;
  const mark = await history.mark();
  if (after === 'fill' && (await isUnannounced(parts, mark))) return;
  const before = after === 'fill' ? mark?.servers : undefined;
  await moveMark(parts, mark, before || (await history.servers()));
}

/** The lives of the servers, for `endRepair`. */
export function presentServers({ redis, history }: HistoryParts): Promise<string> {
  return within(
    READ_MS,
    'Looking at Redis',
    whenReady(redis).then(() => history.servers()),
  );
}

/**
 * Everything was compared and repaired since `servers` were the present ones: tells the readers that know what Redis had lost, and notes
 * the life of Redis. Where another one has begun meanwhile, that is for the next repair.
 */
export async function endRepair(parts: HistoryParts, servers: string): Promise<void> {
  const { orm, replica, history } = parts;
  if (servers !== (await presentServers(parts))) return;
  const as = await orm.em.fork().transactional(drawVersion);
  if (!(await within(TELL_MS, 'Telling of a repair', replica.completeRepair(as)))) return;
  const mark = await history.mark();
  if (mark && !(await isUnannounced(parts, mark))) await moveMark(parts, mark, servers || mark.servers);
}

async function isUnannounced(parts: HistoryParts, mark: ReplicaMark | undefined): Promise<boolean> {
  return mark !== undefined && mark.version > (await readState(parts)).announced;
}

async function moveMark(parts: HistoryParts, from: ReplicaMark | undefined, servers: string): Promise<void> {
  const { orm, replica, history } = parts;
  const { prefix } = replica.names;
  const version = await orm.em.fork().transactional(async em => {
    const drawn = await drawVersion(em);
    const row = { prefix, confirmed: 0, announced: drawn };
    await em.upsert(ReplicaState, row, { onConflictFields: ['prefix'], onConflictMergeFields: ['announced'] });
    return drawn;
  });
  if (!(await within(READ_MS, 'Marking Redis', history.setMark(from, { version, servers })))) return;
  await orm.em.fork().nativeUpdate(ReplicaState, { prefix, announced: version }, { confirmed: version });
}

async function readState({ orm, replica }: HistoryParts): Promise<{ confirmed: number; announced: number }> {
  const { prefix } = replica.names;
  const row = await orm.em.fork().findOne(ReplicaState, { prefix }, { connectionType: 'write' });
  return { confirmed: Number(row?.confirmed ?? 0), announced: Number(row?.announced ?? 0) };
}
