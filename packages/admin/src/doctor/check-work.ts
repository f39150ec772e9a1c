import type { HandlerParts } from '../calls/handler-parts.ts';
import { listClients } from '../database/list-clients.ts';
import { type Check, fail, look, ok, spanOf, warn } from './check.ts';

const WAITS_MS = 60_000;
const STUCK_MS = 600_000;
const MOST = 1_000;

type Parts = Pick<HandlerParts, 'replication' | 'writeBack' | 'now'>;

/** What waits for workers, and what they gave up on. */
export async function checkWork(parts: Parts): Promise<readonly Check[]> {
  const { replication, writeBack } = parts;
  const found = await Promise.all([
    look('workers', () => workersCheck(parts)),
    look('outbox', () => outboxCheck(parts)),
    look('dead-rows', async () => {
      const { dead } = await replication.backlog();
      if (dead === 0) return ok('dead-rows', 'No change was given up on.');
      const remedy = 'See why (`tenantry operations dead-rows list`), mend it, and try them again or discard them.';
      return warn(
        'dead-rows',
        `${counted(dead, 'change was', 'changes were')} given up on: readers do not have them.`,
        remedy,
      );
    }),
    look('dead-letters', async () => {
      const dead = (await writeBack.deadLetters(MOST)).length;
      if (dead === 0) return ok('dead-letters', 'No write-back was given up on.');
      const remedy = 'See why (`tenantry operations dead-letters list`), mend it, and try them again or discard them.';
      const said = `${counted(dead, 'write-back was', 'write-backs were')} given up on: the database does not have them.`;
      return warn('dead-letters', said, remedy);
    }),
  ]);
  return found.flat();
}

/** BullMQ names the connections of its workers, so they can be counted. */
async function workersCheck({ replication, now }: Parts): Promise<Check> {
  const clients = await listClients(replication.redis, now());
  const workers = clients.filter(({ queue }) => queue !== undefined).length;
  if (workers > 0)
    return ok('workers', `${counted(workers, 'connection of a worker is', 'connections of workers are')} there.`);
  return warn(
    'workers',
    'No worker is connected to this Redis: nothing publishes what a writer could not, flushes write-backs or ends values.',
    'Run `tenantry worker` (`tenantry-worker`), two of them or more.',
  );
}

async function outboxCheck({ replication, now }: Parts): Promise<Check> {
  const [{ waiting }, oldest] = await Promise.all([replication.backlog(), replication.oldestWaiting()]);
  if (waiting === 0 || oldest === undefined) return ok('outbox', 'No change waits to be published.');
  const age = now() - oldest.getTime();
  const said = `${counted(waiting, 'change waits', 'changes wait')} to be published, the oldest for ${spanOf(age)}.`;
  if (age < WAITS_MS) return ok('outbox', said);
  const remedy = 'Look whether a worker runs, and at what it reports.';
  return age < STUCK_MS ? warn('outbox', said, remedy) : fail('outbox', said, remedy);
}

function counted(count: number, one: string, many: string): string {
  return `${count >= MOST ? `${MOST} or more` : count} ${count === 1 ? one : many}`;
}
