import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@tenantry/testing';
import { refName } from '../definitions/catalogue.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { SettingChange } from '../supervisor/setting-change.ts';
import { affectedSetting, checkRow, inRedis, rowOf } from './setting-sight.ts';
import { check, type Step } from './step.ts';

const SETS = 20;
const limits = { tenant: 'acme', setting: 'usage-limits' } as const;

/** Readers have it long before the database has. */
export const setBack: Step = {
  name: 'set a setting, write-back',
  async play(demo) {
    const value = { requestsPerMinute: 1_200, burst: 300, isSuspended: false };
    const before = await rowOf(demo, limits);
    // So that nobody can flush before it was looked.
    const { change, ms } = await whileWorkerPaused(demo, async () => {
      const change = await demo.writeSetting({ ...limits, verb: 'set', value, options: { actor: 'meter' } });
      checkAcknowledged(change);
      const seenAt = await demo.settingSeen(change, { value });
      await checkRow(demo, limits, before, 'before the flush');
      const there = await inRedis(demo, limits);
      check(there.isDirty && there.version === change.result.version, `Redis has ${there.version}, not called dirty`);
      return { change, ms: seenAt - change.startedAt };
    });
    const { version } = change.result;
    await flushed(demo, change, value);
    await checkRow(demo, limits, { version, value, revisions: before.revisions + 1 }, 'after the flush');
    const row = `the row was at v${before.version} until the flush to v${version}`;
    return { affected: [affectedSetting(change, value)], ms, seen: `both readers, ms from the call; ${row}` };
  },
};

/** Only the last of many quick sets has to reach the database. */
export const coalesce: Step = {
  name: `${SETS} quick sets, write-back`,
  async play(demo) {
    const before = await rowOf(demo, limits);
    const limitsOf = (i: number) => ({ requestsPerMinute: 2_000 + i, burst: i, isSuspended: i % 2 === 0 });
    const { change, ms } = await whileWorkerPaused(demo, async () => {
      let change: SettingChange | undefined;
      for (let i = 1; i <= SETS; i++) {
        const next = await demo.writeSetting({ ...limits, verb: 'set', value: limitsOf(i) });
        checkAcknowledged(next);
        const expected = before.version + i;
        check(next.result.version === expected, `set ${i} became version ${next.result.version}, not ${expected}`);
        change = next;
      }
      if (!change) throw new Error('nothing was set');
      const ms = (await demo.settingSeen(change, { value: limitsOf(SETS) })) - change.startedAt;
      await checkRow(demo, limits, before, 'before the flush');
      return { change, ms };
    });
    await flushed(demo, change, limitsOf(SETS));
    const rows = (await rowOf(demo, limits)).revisions - before.revisions;
    check(rows < SETS / 2, `${SETS} sets became ${rows} versions in the database`);
    const seen = `all acknowledged, ${rows} written to the database; ms from the last call`;
    return { affected: [affectedSetting(change, limitsOf(SETS))], ms, seen };
  },
};

function checkAcknowledged({ result: { published, persisted } }: SettingChange): void {
  const isPromised = published === 'now' && !persisted;
  check(isPromised, `it was acknowledged as published ${published}, persisted ${persisted}`);
}

/** Waits until the database has it and Redis no longer calls it dirty. */
export async function flushed(demo: Demo, { request, result }: SettingChange, value: unknown) {
  const message = `version ${result.version} of ${refName(request)} to be flushed`;
  await eventually(
    async () => {
      const [row, { isDirty }] = await Promise.all([rowOf(demo, request), inRedis(demo, request)]);
      if (isDirty) throw new Error('it is dirty');
      return row.version >= result.version && isDeepStrictEqual(row.value, value);
    },
    { intervalMs: 10, message },
  );
}

async function whileWorkerPaused<T>({ parts: { worker } }: Demo, work: () => Promise<T>): Promise<T> {
  worker.pause();
  try {
    return await work();
  } finally {
    worker.resume();
  }
}
