import { within } from '@tenantry/redis';
import type { Handler } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { listClients } from '../../database/list-clients.ts';
import { databaseState, redisState } from '../../database/server-state.ts';
import { isReaderOf } from './readers.ts';

const MOST_TENANTS = 1_000;
const HAD_MS = 5_000;

/** How the installation stands. What could not be had is left out. */
export function getOverview(parts: HandlerParts): Handler<'operations.overview'> {
  return async ({ now }) => {
    const { orm, replication, writeBack } = parts;
    const [redis, database] = await Promise.all([redisState(replication.redis), databaseState(orm)]);
    const [backlog, oldest, dirty, waiting, letters, clients] = await Promise.all([
      database.reachable ? had(replication.backlog()) : undefined,
      database.reachable ? had(replication.oldestWaiting()) : undefined,
      redis.reachable ? had(countDirty(parts)) : undefined,
      redis.reachable ? had(writeBack.waiting()) : undefined,
      redis.reachable ? had(writeBack.deadLetters(MOST_TENANTS)) : undefined,
      redis.reachable ? had(listClients(replication.redis, now)) : undefined,
    ]);
    const lastAudit = replication.lastAudit();
    // The clocks are not quite the same.
    const ageOf = (date: Date | undefined) => date && Math.max(0, Math.round(now - date.getTime()));
    return {
      body: defined({
        ...{ at: now, redis, database, streams: parts.streams(), lastAudit: lastAudit as unknown },
        outbox: defined({ waiting: backlog?.waiting, dead: backlog?.dead, oldestAgeMs: ageOf(oldest) }),
        writeBack: defined({ dirty, dead: letters?.length, oldestAgeMs: ageOf(waiting?.since) }),
        workers: (clients ?? []).flatMap(({ id, idleMs, queue }) =>
          queue === undefined ? [] : [{ id, seenAt: now - idleMs, queues: [queue] }],
        ),
        readers: clients?.filter(isReaderOf(replication.replica.names.prefix)).length,
      }),
    };
  };
}

async function countDirty({ writeBack }: HandlerParts): Promise<number> {
  const tenants = await writeBack.dirtyTenants({ limit: MOST_TENANTS });
  const counts = await Promise.all(tenants.map(tenant => writeBack.dirtyCount(tenant)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One number that is missing is no reason to show none. */
function had<T>(work: Promise<T>): Promise<T | undefined> {
  return within(HAD_MS, 'A number', work).catch(() => undefined);
}
