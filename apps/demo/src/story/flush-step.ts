import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@tenantry/testing';
import { refName } from '../definitions/catalogue.ts';
import { machineTime } from '../machine-time.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { SettingChange } from '../supervisor/setting-change.ts';
import { affectedSetting, rowOf } from './setting-sight.ts';
import { check, type Step } from './step.ts';

const TENANTS = ['acme', 'globex', 'initech'] as const;
const ROUNDS_AFTER = 5;

/** Sets go on while the worker is killed in the middle of flushing; another one brings in whatever was acknowledged. */
export const flusherKilled: Step = {
  name: 'kill the worker amid write-backs',
  async play(demo) {
    const { worker } = demo.parts;
    const last = new Map<string, { change: SettingChange; value: unknown }>();
    let sets = 0;
    const round = async (): Promise<void> => {
      for (const tenant of TENANTS) {
        const value = { requestsPerMinute: 10_000 + ++sets, burst: sets, isSuspended: false };
        const change = await demo.writeSetting({ tenant, setting: 'usage-limits', verb: 'set', value });
        last.set(change.name, { change, value });
      }
    };
    await round();
    const killed = firstFlush(demo).then(() => worker.kill());
    while (worker.pid !== undefined) await round();
    await killed;
    for (let i = 0; i < ROUNDS_AFTER; i++) await round();
    const dirty = await demo.dirty();
    check(dirty.size === TENANTS.length, `${dirty.size} settings are dirty, and nobody was there to flush them`);
    for (const { change } of last.values()) {
      const { version } = await rowOf(demo, change.request);
      check(version < change.result.version, `${change.name} is in the database, and nobody was there to flush it`);
    }

    const startedAt = machineTime();
    await worker.start();
    const message = 'another worker to flush what was acknowledged';
    await eventually(() => isFlushed(demo, [...last.values()]), { intervalMs: 10, message });
    const ms = machineTime() - startedAt;
    for (const { change, value } of last.values()) await demo.settingSeen(change, { value });
    const affected = [...last.values()].map(({ change, value }) => affectedSetting(change, value));
    return { affected, ms, seen: `${sets} acknowledged, none lost; a new worker, ms from its start` };
  },
};

/** The database has begun to hear of it. */
async function firstFlush(demo: Demo): Promise<void> {
  const before = await versions(demo);
  const isNewer = async () => !isDeepStrictEqual(await versions(demo), before);
  await eventually(isNewer, { intervalMs: 1, message: 'a first flush' });
}

async function versions(demo: Demo): Promise<readonly number[]> {
  const rows = await Promise.all(TENANTS.map(tenant => rowOf(demo, { tenant, setting: 'usage-limits' })));
  return rows.map(({ version }) => version);
}

async function isFlushed(demo: Demo, last: readonly { change: SettingChange; value: unknown }[]): Promise<boolean> {
  for (const { change, value } of last) {
    const row = await rowOf(demo, change.request);
    const isIt = row.version === change.result.version && isDeepStrictEqual(row.value, value);
    if (!isIt)
      throw new Error(`${refName(change.request)} is at ${row.version}, acknowledged was ${change.result.version}`);
  }
  return (await demo.dirty()).size === 0;
}
