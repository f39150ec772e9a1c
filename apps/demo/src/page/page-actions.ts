import type { Demo } from '../supervisor/demo.ts';
import type { Operation } from '../writer/apply-operations.ts';
import { scopeActions } from './scope-actions.ts';
import { settingActions } from './setting-actions.ts';

type Action = (body: never) => Promise<unknown>;

/** What the page's buttons do, by path. Each answers with a sentence for people. */
export function pageActions(demo: Demo): Readonly<Record<string, Action | undefined>> {
  const { redis, worker, writerPath, databasePath, readers } = demo.parts;
  const then = (work: () => Promise<unknown> | undefined, said: string) => async () => {
    await work();
    demo.events.emit('changed');
    return { said };
  };
  return {
    ...settingActions(demo),
    ...scopeActions(demo),
    '/transactions': async ({ operations, rollback = false }: { operations: Operation[]; rollback?: boolean }) => {
      const { committedAt, flushMs } = await demo.change(operations, rollback);
      const isCommitted = committedAt !== undefined;
      return { said: isCommitted ? `Committed; flush took ${flushMs.toFixed(1)} ms.` : 'Rolled back: nobody sees it.' };
    },
    '/redis/stop': then(() => redis.stop(), 'Redis is stopped.'),
    '/redis/start': then(() => redis.start(), 'Redis is back, with its data.'),
    '/redis/lose': then(async () => {
      if (redis.isReachable) await redis.stop();
      await redis.start({ wipe: true });
    }, 'Redis was restarted and has lost its data.'),
    '/worker/pause': then(async () => worker.pause(), 'The worker stands still: nothing is flushed or loaded.'),
    '/worker/resume': then(async () => worker.resume(), 'The worker goes on.'),
    '/worker/kill': then(() => worker.kill(), 'The worker was killed.'),
    '/worker/start': then(() => worker.start(), 'A new worker works.'),
    '/worker/restart': then(async () => {
      await worker.kill();
      await worker.start();
    }, 'The worker was killed, and a new one works.'),
    '/reader/1/restart': then(() => readers[0]?.restart(), 'Reader 1 was restarted.'),
    '/reader/2/restart': then(() => readers[1]?.restart(), 'Reader 2 was restarted.'),
    '/database/stop': then(
      async () => databasePath.set('refuse'),
      'Neither the writer nor the worker reaches the database.',
    ),
    '/database/start': then(async () => databasePath.set('pass'), 'The database is back.'),
    '/writer/cut': then(async () => writerPath.set('refuse'), 'The writer cannot reach Redis: only the outbox knows.'),
    '/writer/mend': then(async () => writerPath.set('pass'), 'The writer reaches Redis again.'),
  };
}
