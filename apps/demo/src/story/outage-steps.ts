import { isDeepStrictEqual } from 'node:util';
import type { Entry } from '@tenantry/sdk';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { type RefRequest, refName, refsOfRow } from '../definitions/catalogue.ts';
import { GROUP } from '../definitions/service-level.ts';
import { machineTime } from '../machine-time.ts';
import type { Change, ScopeChange } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { ReaderProcess } from '../supervisor/reader-process.ts';
import { PUBLISH_TIMEOUT_MS } from '../write-side/open-orm.ts';
import { everythingIn, lifeOf } from './reads-go-on.ts';
import { restartAlone } from './restart-step.ts';
import { servedAllAlong } from './served-all-along.ts';
import { check, findRow, type Step } from './step.ts';
import { servicesAlone } from './swap-steps.ts';

const READ_TIMEOUT_MS = 250;

/** Redis goes away and comes back, first with its data and then without. */
export function outageSteps(): Step[] {
  let missed: Change | undefined;
  let missedInGroup: ScopeChange | undefined;
  return [
    {
      name: 'stop Redis, update',
      leavesDown: true,
      async play(demo) {
        const { source, id, values } = await findRow(demo, 'branding', { tenantId: 'acme' });
        await stopRedis(demo);
        const colours = { primary: '#5b2a86', accent: '#f2b705', background: '#ffffff' };
        missed = await demo.change([{ op: 'update', source, id, values: { colours } }]);
        const inherited = { tenant: 'acme', setting: 'service-level' } as const;
        const before = everythingIn(await demo.database()).get(refName(inherited));
        const value = { uploads: { maxMb: 10_000 } };
        missedInGroup = await demo.changeLayer({ scope: `groups/${GROUP}`, verb: 'patch', value });
        const { published } = missedInGroup.result;
        check(published === 'later', `without Redis it was acknowledged as published ${published}`);
        const slowest = Math.max(
          await askForStale(demo, refsOfRow(source, values), values),
          await askForStale(demo, [inherited], before),
        );
        await sayWhy(demo);
        const affected = [...missed.affected, ...missedInGroup.affected];
        const seen = `flush in ${withinBudget(missed)}; reads in ${slowest.toFixed(1)} ms, called stale; both say why`;
        return { affected, seen };
      },
    },
    restartAlone,
    servicesAlone,
    {
      name: 'start Redis',
      async play(demo) {
        const backAt = await startRedis(demo);
        const ms = await seenSince(demo, missed, backAt);
        await seenSince(demo, missedInGroup, backAt);
        for (const reader of demo.parts.readers) await isWell(reader);
        const affected = [...(missed?.affected ?? []), ...(missedInGroup?.affected ?? [])];
        return { affected, ms, seen: 'both readers, ms from the start; fresh again, the restarted one too' };
      },
    },
    {
      name: 'Redis loses its data, rename',
      async play(demo) {
        const { source, id } = await findRow(demo, 'branding', { tenantId: 'initech' });
        const before = await demo.database();
        const lostAt = await stopRedis(demo);
        const lost = await demo.change([{ op: 'update', source, id, values: { domain: 'new.initech.example' } }]);
        withinBudget(lost);
        const backAt = await startRedis(demo, { wipe: true });
        const ms = await seenSince(demo, lost, backAt);
        await demo.settled();
        servedAllAlong(demo.parts.readers, before, await demo.database(), lostAt);
        return { affected: lost.affected, ms, seen: 'refilled, ms from the start; never a value missing' };
      },
    },
  ];
}

/** Answers when it was stopped, once both readers know. */
async function stopRedis({ parts: { redis, readers } }: Demo): Promise<number> {
  const stoppedAt = machineTime();
  await redis.stop();
  for (const reader of readers)
    await eventually(() => reader.status?.state === 'stale', { message: `${reader.name} to call itself stale` });
  return stoppedAt;
}

async function startRedis({ parts: { redis } }: Demo, options?: { readonly wipe: boolean }): Promise<number> {
  await redis.start(options);
  return machineTime();
}

async function seenSince(demo: Demo, change: Change | undefined, since: number): Promise<number> {
  if (change?.committedAt === undefined) throw new Error('There was no change during the outage');
  return (await demo.seen(change)) - (since - change.committedAt);
}

function withinBudget({ committedAt, flushMs }: Change): string {
  check(committedAt !== undefined, 'the change was not committed');
  check(flushMs < PUBLISH_TIMEOUT_MS + BUSY_MS, `a flush without Redis took ${Math.round(flushMs)} ms`);
  return `${flushMs.toFixed(1)} ms`;
}

/** Every way to read serves what it served before, says so, and soon. Answers the longest time in ms. */
async function askForStale(demo: Demo, refs: readonly RefRequest[], expected: unknown): Promise<number> {
  let slowest = 0;
  for (const reader of demo.parts.readers) {
    check(reader.status?.state === 'stale', `${reader.name} calls itself ${reader.status?.state}`);
    for (const ref of refs) {
      const [peek, get, entry] = [
        await reader.ask<unknown>('peek', ref),
        await reader.ask<unknown>('get', ref),
        await reader.ask<Entry<unknown>>('entry', ref),
      ];
      for (const value of [peek.value, get.value, entry.value.value])
        check(isDeepStrictEqual(value, expected), `${reader.name} no longer serves what it had, without Redis`);
      check(entry.value.stale, `${reader.name} does not call its value stale`);
      slowest = Math.max(slowest, peek.ms, get.ms, entry.ms);
    }
  }
  check(slowest < READ_TIMEOUT_MS + BUSY_MS, `a read without Redis took ${Math.round(slowest)} ms`);
  return slowest;
}

/** There is something to serve, nothing live behind it, and words for that. */
async function sayWhy({ parts: { readers } }: Demo): Promise<void> {
  for (const reader of readers) {
    const { isReady, isFresh, kinds } = await lifeOf(reader);
    check(isReady && !isFresh, `${reader.name} calls itself ${isReady ? 'fresh' : 'not ready'}, without Redis`);
    for (const kind of ['redis', 'feed'])
      check(kinds.has(kind), `${reader.name} has no reason of the kind ${kind}, but ${[...kinds].join(', ')}`);
  }
}

/** Everything that the outage has made wrong is right again. */
async function isWell(reader: ReaderProcess): Promise<void> {
  const look = async (): Promise<void> => {
    const { isReady, isFresh, reasons } = await reader.life();
    // How the source answered last stays until it is asked again, and nobody need ask it.
    const left = reasons.filter(({ kind }) => kind !== 'source').map(({ kind, why }) => `${kind}: ${why}`);
    check(isReady && isFresh && left.length === 0, left.join('; ') || 'it is not fresh');
  };
  await eventually(look, { message: `${reader.name} to be well again` });
}
