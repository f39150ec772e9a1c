import { isDeepStrictEqual } from 'node:util';
import { refName } from '../definitions/catalogue.ts';
import { type SettingRequest, settingOf } from '../definitions/settings.ts';
import type { Demo } from '../supervisor/demo.ts';
import { WriterRefusal } from '../supervisor/writer-process.ts';
import type { SettingWrite } from '../writer/settings-api.ts';
import { affectedSetting, checkRow, everSaw, inRedis, rowOf } from './setting-sight.ts';
import { check, type Step } from './step.ts';

const appearance = { tenant: 'acme', setting: 'appearance' } as const;
const retention = { tenant: 'acme', setting: 'retention-policy' } as const;
const limits = { tenant: 'acme', setting: 'usage-limits' } as const;

/** Acknowledged means: in the database and in Redis, and the readers are told. */
export const setThrough: Step = {
  name: 'set a setting, write-through',
  async play(demo) {
    const value = { theme: 'dark', accent: '#0a7d4f', itemsPerPage: 50, greeting: 'Good evening' };
    const before = await rowOf(demo, appearance);
    const change = await demo.writeSetting({ ...appearance, verb: 'set', value, options: by('ann', 'T-12') });
    const { version, published, persisted } = change.result;
    check(published === 'now' && persisted, `it was acknowledged as published ${published}, persisted ${persisted}`);
    check(version === before.version + 1, `version ${version} came after ${before.version}`);
    await checkRow(demo, appearance, { version, value, revisions: before.revisions + 1 }, 'at the acknowledgement');
    const there = await inRedis(demo, appearance);
    check(there.version === version && isDeepStrictEqual(there.value, value), `Redis has version ${there.version}`);
    const ms = (await demo.settingSeen(change, { value })) - (change.committedAt ?? Number.NaN);
    return {
      affected: [affectedSetting(change, value)],
      ms,
      seen: 'both readers; row and Redis at the acknowledgement',
    };
  },
};

/** What the schema refuses leaves no trace, whichever way it would have gone. */
export const refuse: Step = {
  name: 'set what the schema refuses',
  async play(demo) {
    const refused = { theme: 'neon', accent: '#000000', itemsPerPage: 100_000, greeting: 'never' };
    await checkRefused(demo, { ...appearance, verb: 'set', value: refused }, ['theme', 'itemsPerPage']);
    await checkRefused(demo, { ...limits, verb: 'set', value: { requestsPerMinute: -1, burst: 7 } }, [
      'requestsPerMinute',
      'isSuspended',
    ]);
    // A feed is in order: who has the write after it has not missed one before it.
    const { version } = await rowOf(demo, appearance);
    const fence = await demo.writeSetting({ ...appearance, verb: 'patch', value: { itemsPerPage: 60 } });
    check(fence.result.version === version + 1, `the write after it is version ${fence.result.version}`);
    const { value } = await rowOf(demo, appearance);
    await demo.settingSeen(fence, { value });
    const wasSeen = everSaw(demo, appearance, seen => (seen as { greeting?: string })?.greeting === 'never');
    check(!wasSeen, 'a reader saw what was refused');
    return { affected: [], seen: 'refused with every path; row, history and Redis as before' };
  },
};

/** Redis only hears that there is something newer; both readers need it, and one of them loads it for both. */
export const setAround: Step = {
  name: 'set a setting, write-around',
  async play(demo) {
    const value = { days: 90, legalHold: false, exports: { keepDays: 7, region: 'us' } };
    const before = await rowOf(demo, retention);
    const loadsBefore = loadsOf(demo, retention);
    const change = await demo.writeSetting({ ...retention, verb: 'set', value, options: by('bob', 'audit') });
    const { version } = change.result;
    await checkRow(demo, retention, { version, value, revisions: before.revisions + 1 }, 'at the acknowledgement');
    const ms = (await demo.settingSeen(change, { value })) - (change.committedAt ?? Number.NaN);
    const there = await inRedis(demo, retention);
    check(there.version === version, `Redis has version ${there.version} after a reader has loaded ${version}`);
    const loads = loadsOf(demo, retention) - loadsBefore;
    check(loads === 1, `the readers loaded it ${loads} times`);
    return { affected: [affectedSetting(change, value)], ms, seen: 'both readers, after 1 load by a worker' };
  },
};

/** Nothing is set: readers have the default, and say so. */
export const unset: Step = {
  name: 'unset settings of all three policies',
  async play(demo) {
    const requests = [appearance, retention, limits];
    const changes = [];
    for (const request of requests) {
      const { version } = await rowOf(demo, request);
      const change = await demo.writeSetting({ ...request, verb: 'unset' });
      check(change.result.version > version, `${request.setting} was at ${version} and is at ${change.result.version}`);
      changes.push(change);
    }
    let last = 0;
    for (const change of changes) {
      const { default: value } = settingOf(change.request.setting);
      const at = await demo.settingSeen(change, { value });
      last = Math.max(last, at - change.acknowledgedAt);
      for (const { name, sightings } of demo.parts.readers.map(reader => ({
        name: reader.name,
        sightings: reader.sightings(change.name),
      }))) {
        const origin = sightings.at(-1)?.entry.origin;
        check(origin === 'default', `${name} says that the default of ${change.name} came from ${origin}`);
      }
    }
    await demo.settled();
    for (const request of requests) {
      const { value } = await rowOf(demo, request);
      check(value === undefined, `the row of ${refName(request)} still has a value`);
    }
    const affected = changes.map(change => affectedSetting(change, undefined));
    return { affected, ms: Math.max(0, last), seen: 'the defaults, ms from the acknowledgement' };
  },
};

/** Refused with exactly these paths, and neither the database nor Redis is any different. */
async function checkRefused(demo: Demo, write: SettingWrite, paths: readonly string[]): Promise<void> {
  const look = async () => ({ row: await rowOf(demo, write), redis: await inRedis(demo, write) });
  const before = await look();
  const refusal: unknown = await demo.writeSetting(write).then(
    ({ result }) => new Error(`what the schema refuses was acknowledged as version ${result.version}`),
    error => error,
  );
  if (!(refusal instanceof WriterRefusal)) throw refusal;
  check(refusal.code === 'INVALID_VALUE', `it was refused with ${refusal.code}: ${refusal.message}`);
  const named = refusal.issues.map(({ path }) => path);
  check(isDeepStrictEqual(named, paths), `the refusal names ${named.join(', ')}`);
  check(isDeepStrictEqual(await look(), before), `a refused ${write.setting} left something behind`);
}

function loadsOf({ parts: { readers } }: Demo, request: SettingRequest): number {
  return readers.reduce((sum, reader) => sum + (reader.loads.get(refName(request)) ?? 0), 0);
}

function by(actor: string, reason: string) {
  return { actor, reason };
}
