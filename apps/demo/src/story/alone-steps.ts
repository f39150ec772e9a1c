import { eventually } from '@tenantry/testing';
import { GROUP } from '../definitions/service-level.ts';
import { machineTime } from '../machine-time.ts';
import type { SettingChange } from '../supervisor/setting-change.ts';
import { WriterRefusal } from '../supervisor/writer-process.ts';
import type { WriteAnswer } from '../writer/timed-write.ts';
import { readsGoOn } from './reads-go-on.ts';
import { affectedSetting } from './setting-sight.ts';
import { check, type Step } from './step.ts';
import { flushed } from './write-back-steps.ts';

const group = `groups/${GROUP}` as const;
const limits = { requestsPerMinute: 77, burst: 7, isSuspended: false };

/** Neither reading nor what a writer publishes needs a worker. */
export const withoutWorker: Step = {
  name: 'kill the worker, change, read',
  async play(demo) {
    const { worker } = demo.parts;
    await worker.kill();
    const change = await demo.changeLayer({ scope: group, verb: 'patch', value: { responseHours: 5 } });
    const ms = await demo.seen(change);
    const reads = await readsGoOn(demo);
    await worker.start();
    return { affected: change.affected, ms, seen: `both readers; ${reads} reads, ready and fresh` };
  },
};

/** Readers never ask the database, so they do not notice; a writer says what it cannot do, and a write-back can wait. */
export function databaseSteps(): Step[] {
  let waiting: SettingChange | undefined;
  return [
    {
      name: 'stop the database, read, write',
      leavesDown: true,
      async play(demo) {
        demo.parts.databasePath.set('refuse');
        const [refused, ...more] = await Promise.all([
          refusal(() => demo.writeSetting({ tenant: 'globex', setting: 'appearance', verb: 'unset' })),
          refusal(() => demo.changeLayer({ scope: group, verb: 'patch', value: { responseHours: 3 } })),
        ]);
        const reads = await readsGoOn(demo);
        waiting = await demo.writeSetting({ tenant: 'globex', setting: 'usage-limits', verb: 'set', value: limits });
        const seenAt = await demo.settingSeen(waiting, { value: limits });
        const codes = [...new Set([refused, ...more])].join(', ');
        const seen = `${reads} reads, ready and fresh; writes refused: ${codes}; a write-back in both readers`;
        return { affected: [affectedSetting(waiting, limits)], ms: seenAt - waiting.startedAt, seen };
      },
    },
    {
      name: 'start the database',
      async play(demo) {
        if (!waiting) throw new Error('Nothing was written during the outage');
        const startedAt = machineTime();
        demo.parts.databasePath.set('pass');
        await flushed(demo, waiting, limits);
        const change = await eventually(
          () => demo.changeLayer({ scope: group, verb: 'patch', value: { responseHours: 2 } }),
          {
            message: 'the writer to reach the database again',
          },
        );
        await demo.seen(change);
        return {
          affected: change.affected,
          ms: machineTime() - startedAt,
          seen: 'flushed and written, ms from the start',
        };
      },
    },
  ];
}

/** The code with which it was refused. */
async function refusal(write: () => Promise<Pick<WriteAnswer, 'result'>>): Promise<string> {
  const refused: unknown = await write().then(
    ({ result }) => new Error(`without the database it was acknowledged as version ${result.version}`),
    error => error,
  );
  if (!(refused instanceof WriterRefusal)) throw refused;
  const isTyped = refused.code === 'UNAVAILABLE' || refused.code === 'TIMEOUT';
  check(isTyped, `without the database it was refused with ${refused.code}: ${refused.message}`);
  return String(refused.code);
}
