import { lastingOf, pairOf, TENANTS } from '../traffic/addresses.ts';
import { BUDGETS } from '../traffic/settings.ts';
import { atTime, type Checker, type Run, recordOf, seenIn } from './checker.ts';

/**
 * A connection that died silently is noticed within one heartbeat and two `feedTimeoutMs`: that is promised. One heartbeat more, and what a busy machine adds. Of a push
 * that is lost on a connection that lives, no such time is promised, and no fault draws one: a connection that has lost something is ended, or dead from then on.
 */
export const NOTICED_MS = 2 * BUDGETS.heartbeatMs + 2 * BUDGETS.feedTimeoutMs + 1_000;

/**
 * Memory without a live feed says so, with its age; what is called fresh is not behind what Redis was given long ago, and what was seen is not
 * called gone because Redis lost it.
 */
export const g7Honest: Checker = {
  promise: 'G7',
  name: 'honest',
  isFinal: false,
  check: run => [...unnoticed(run), ...behind(run), ...forgotten(run)],
};

function unnoticed(run: Run): string[] {
  const breaches = new Map<string, string>();
  const cutOffSince = new Map<string, number>();
  for (const event of inTime(run)) {
    if (event.kind === 'unreachable') for (const reader of event.readers) cutOffSince.set(reader, event.at);
    if (event.kind === 'reachable') for (const reader of event.readers) cutOffSince.delete(reader);
    if (event.kind !== 'sample' && event.kind !== 'emission') continue;
    const since = cutOffSince.get(event.by);
    if (since === undefined || event.at - since < NOTICED_MS) continue;
    const what = `${event.by} showed ${recordOf(event)} of "${event.tenant}" in version ${event.version} ${atTime(event.at)}, cut off from Redis since ${(since / 1000).toFixed(3)} s`;
    if (!event.stale) breaches.set(`${event.by} fresh`, `${what}, and called it fresh.`);
    else if (event.age === undefined || event.age < event.at - since - NOTICED_MS)
      breaches.set(`${event.by} age`, `${what}, and said that its age was ${event.age} ms.`);
  }
  return [...breaches.values()];
}

function behind(run: Run): string[] {
  const breaches = new Map<string, string>();
  const newest = new Map<string, { readonly version: number; readonly at: number }[]>();
  for (const event of inTime(run)) {
    if (event.kind === 'fault' && event.lostData) newest.clear();
    if (event.kind === 'published')
      for (const address of event.addresses) {
        const key = `${event.tenant} ${address}`;
        const known = newest.get(key) ?? [];
        if (event.version > (known.at(-1)?.version ?? 0)) known.push({ version: event.version, at: event.at });
        newest.set(key, known);
      }
    if (event.kind !== 'sample' || event.stale || event.version === undefined) continue;
    const key = `${event.tenant} ${event.address}`;
    const owed = newest.get(key)?.findLast(({ at }) => at < event.at - NOTICED_MS);
    if (owed && owed.version > event.version)
      breaches.set(
        `${event.by} ${key}`,
        `${event.by} called ${recordOf(event)} of "${event.tenant}" fresh in version ${event.version} ${atTime(event.at)}; Redis had version ${owed.version} under "${event.address}" since ${(owed.at / 1000).toFixed(3)} s.`,
      );
  }
  return [...breaches.values()];
}

/** What nobody ever deletes: whoever has seen it, and calls it absent and fresh, took a loss for a delete. */
function forgotten(run: Run): string[] {
  const breaches = new Map<string, string>();
  const lasting = new Set(
    TENANTS.flatMap(tenant => [...pairOf(tenant), ...lastingOf(tenant)].map(({ address }) => `${tenant} ${address}`)),
  );
  const last = new Map<string, number | undefined>();
  for (const { by, tenant, address, version, value, stale, at } of seenIn(run)) {
    if (!lasting.has(`${tenant} ${address}`)) continue;
    const key = `${by} ${tenant} ${address}`;
    if (value) last.set(key, version);
    else if (!stale && last.has(key))
      breaches.set(
        key,
        `${by} called "${address}" of "${tenant}" absent, and fresh, ${atTime(at)}; it had seen version ${last.get(key)}, and nobody deletes it.`,
      );
  }
  return [...breaches.values()];
}

/** By time, since each process tells by itself. */
function inTime({ history }: Run) {
  return [...history.of('unreachable', 'reachable', 'sample', 'emission', 'published', 'fault')].sort(
    (a, b) => a.at - b.at,
  );
}
