import { isDeepStrictEqual } from 'node:util';
import type { Entry } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { type RefRequest, refsOfRow } from '../definitions/catalogue.ts';
import { machineTime } from '../machine-time.ts';
import type { Change } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import { PUBLISH_TIMEOUT_MS } from '../write-side/open-orm.ts';
import { servedAllAlong } from './served-all-along.ts';
import { check, findRow, type Step } from './step.ts';

// What a busy machine may add to a budget before it counts as broken.
const ALLOWANCE_MS = 150;
const READ_TIMEOUT_MS = 250;

/** Redis goes away and comes back, first with its data and then without. */
export function outageSteps(): Step[] {
  let missed: Change | undefined;
  return [
    {
      name: 'stop Redis, update',
      leavesRedisDown: true,
      async play(demo) {
        const { source, id, values } = await findRow(demo, 'branding', { tenantId: 'acme' });
        await stopRedis(demo);
        const colours = { primary: '#5b2a86', accent: '#f2b705', background: '#ffffff' };
        missed = await demo.change([{ op: 'update', source, id, values: { colours } }]);
        const slowest = await askForStale(demo, refsOfRow(source, values), values);
        const flush = withinBudget(missed);
        return { affected: missed.affected, seen: `flush in ${flush}; reads in ${slowest} ms, called stale` };
      },
    },
    {
      name: 'start Redis',
      async play(demo) {
        const backAt = await startRedis(demo);
        const affected = missed?.affected ?? [];
        return { affected, ms: await seenSince(demo, missed, backAt), seen: 'both readers, ms from the start' };
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
        await demo.settled(15_000);
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
  return (await demo.seen(change, 15_000)) - (since - change.committedAt);
}

function withinBudget({ committedAt, flushMs }: Change): string {
  check(committedAt !== undefined, 'the change was not committed');
  check(flushMs < PUBLISH_TIMEOUT_MS + ALLOWANCE_MS, `a flush without Redis took ${Math.round(flushMs)} ms`);
  return `${flushMs.toFixed(1)} ms`;
}

/** Every way to read serves what it served before, says so, and soon. Answers the longest time in ms. */
async function askForStale(demo: Demo, refs: readonly RefRequest[], expected: unknown): Promise<string> {
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
  check(slowest < READ_TIMEOUT_MS + ALLOWANCE_MS, `a read without Redis took ${Math.round(slowest)} ms`);
  return slowest.toFixed(1);
}
