import { eventually } from '@tenantry/testing';
import { machineTime } from '../machine-time.ts';
import type { AffectedRef, Change } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import { check, findRow, type Step } from './step.ts';

const CHANGES_AFTER = 4;

/** Only the outbox knows what happened: the writer cannot publish, and the worker dies in the middle of its relay. */
export const workerKilled: Step = {
  name: 'kill the worker amid updates',
  async play(demo) {
    const { writer, writerPath, worker } = demo.parts;
    const { source, id } = await findRow(demo, 'plan-settings', { tenantId: 'globex', slug: 'free' });
    writerPath.set('refuse');
    await eventually(() => !writer.reachesRedis, { message: 'the writer to be cut off from Redis' });

    const affected = new Map<string, AffectedRef>();
    let last: Change | undefined;
    let seats = 1_000;
    const update = async (): Promise<void> => {
      last = await demo.change([{ op: 'update', source, id, values: { seats: ++seats } }]);
      for (const ref of last.affected) affected.set(ref.name, ref);
    };
    const killed = relayed(demo).then(() => worker.kill());
    while (worker.pid !== undefined) await update();
    await killed;
    for (let i = 0; i < CHANGES_AFTER; i++) await update();
    const { waiting } = await demo.database();
    check(waiting >= CHANGES_AFTER, `only ${waiting} changes wait, and nobody was there to publish them`);

    const startedAt = machineTime();
    await worker.start();
    if (last?.committedAt === undefined) throw new Error('the last change was not committed');
    const ms = (await demo.seen(last)) - (startedAt - last.committedAt);
    // What the dead one had claimed may be nobody else's until its lease is over.
    await demo.settled();
    writerPath.set('pass');
    await eventually(() => writer.reachesRedis, { message: 'the writer to reach Redis again' });
    const seen = `a new worker, ms from its start; ${waiting} changes had waited`;
    return { affected: [...affected.values()], ms, seen };
  },
};

/** The worker has published something, and has perhaps not yet told the database so. */
function relayed({ events }: Demo): Promise<void> {
  return new Promise(resolve => {
    events.on('report', function listen(line) {
      if (line.by !== 'worker, relay') return;
      events.off('report', listen);
      resolve();
    });
  });
}
