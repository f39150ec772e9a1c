import { reachable } from '../../scopes/naive-chain.ts';
import { scopeOfText } from '../../scopes/scope-addresses.ts';
import { GROUPS_NAME, inScope } from '../../scopes/scopes-state.ts';
import type { Checker, Run } from '../checker.ts';
import { NOTICED_MS } from '../g7-honest.ts';
import { addressedConfigs } from './addressed-configs.ts';
import { marksOf, ScopeTruth, saw } from './scope-truth.ts';

/**
 * What comes of the scopes is called stale, with its age, while the feeds are away; what is called fresh is not behind what Redis was given long
 * ago, in no scope and in no group; and what all scopes inherit is not called gone because Redis lost it.
 */
export const honestInScopes: Checker = {
  promise: 'G7',
  name: 'honest in scopes',
  isFinal: false,
  check: run => [...unnoticed(run), ...behind(run), ...forgotten(run)],
};

function unnoticed(run: Run): string[] {
  const breaches = new Map<string, string>();
  const cutOffSince = new Map<string, number>();
  for (const event of inTime(run)) {
    if (event.kind === 'unreachable') for (const reader of event.readers) cutOffSince.set(reader, event.at);
    if (event.kind === 'reachable') for (const reader of event.readers) cutOffSince.delete(reader);
    if (event.kind !== 'layered' || event.how === 'answer') continue;
    const since = cutOffSince.get(event.by);
    if (since === undefined || event.at - since < NOTICED_MS) continue;
    const what = `${saw(event)}, cut off from Redis since ${(since / 1000).toFixed(3)} s`;
    if (!event.stale) breaches.set(`${event.by} fresh`, `${what}, and called it fresh.`);
    else if (event.age === undefined || event.age < event.at - since - NOTICED_MS)
      breaches.set(`${event.by} age`, `${what}, and said that its age was ${event.age} ms.`);
  }
  return [...breaches.values()];
}

interface Published {
  readonly version: number;
  readonly at: number;
}

function behind(run: Run): string[] {
  const truth = new ScopeTruth(run.final.scopes);
  const breaches = new Map<string, string>();
  const newest = new Map<string, Published[]>();
  for (const event of inTime(run)) {
    if (event.kind === 'fault' && event.lostData) newest.clear();
    if (event.kind === 'published')
      for (const address of event.addresses) {
        const config = addressedConfigs.get(address);
        if (config === undefined) continue;
        const key = inScope(scopeOfText(event.tenant), config);
        const known = newest.get(key) ?? [];
        if (event.version > (known.at(-1)?.version ?? 0)) known.push({ version: event.version, at: event.at });
        newest.set(key, known);
      }
    if (event.kind !== 'layered' || event.how !== 'sample' || event.stale || !event.explained) continue;
    const { tenant, config, explained, at, by } = event;
    const owed = (scope: string, name: string) =>
      newest.get(inScope(scope, name))?.findLast(published => published.at < at - NOTICED_MS);
    for (const { scope, version = 0, value } of explained.layers) {
      const due = owed(scope, config);
      // What was unset need not be remembered, only be gone: neither that it was, nor that it was once more.
      if (!due || due.version <= version) continue;
      if (value === undefined && truth.isUnsetSince(scope, config, due.version)) continue;
      breaches.set(
        `${by} ${tenant} ${config} ${scope}`,
        `${saw(event)} with version ${version} of ${scope}, and called it fresh; Redis had version ${due.version} since ${(due.at / 1000).toFixed(3)} s.`,
      );
    }
    const possible = reachable(`tenants/${tenant}`, scope =>
      truth.memberships(scope, owed(scope, GROUPS_NAME)?.version).flat(),
    );
    const left = explained.layers.find(({ scope }) => scope !== 'default' && !possible.has(scope));
    if (left)
      breaches.set(
        `${by} ${tenant} ${left.scope}`,
        `${saw(event)} from ${left.scope}, and called it fresh; Redis had other groups long before.`,
      );
    const required = reachable(`tenants/${tenant}`, scope =>
      inAll(truth.memberships(scope, owed(scope, GROUPS_NAME)?.version)),
    );
    const missing = [...required].find(scope => !explained.layers.some(layer => layer.scope === scope));
    if (missing)
      breaches.set(
        `${by} ${tenant} ${missing}`,
        `${saw(event)} without ${missing}, and called it fresh; Redis had these groups long before.`,
      );
  }
  return [...breaches.values()];
}

const inAll = ([first = [], ...others]: readonly (readonly string[])[]): readonly string[] =>
  first.filter(group => others.every(groups => groups.includes(group)));

/** What the global scope says is never unset: whoever has seen it, and calls it absent and fresh, took a loss for a delete. */
function forgotten(run: Run): string[] {
  const breaches = new Map<string, string>();
  const last = new Set<string>();
  for (const event of run.history.of('layered')) {
    const { by, tenant, config, value, stale } = event;
    // A value that is replaced as a whole does not show what is behind it.
    if (config === 'replaced') continue;
    const key = `${by} ${tenant} ${config}`;
    if ('global' in marksOf(value)) last.add(key);
    else if (!stale && last.has(key))
      breaches.set(
        key,
        `${saw(event)} without what is global, and fresh; it had seen that before, and nobody unsets it.`,
      );
  }
  return [...breaches.values()];
}

/** By time, since each process tells by itself. */
function inTime({ history }: Run) {
  return [...history.of('unreachable', 'reachable', 'layered', 'published', 'fault')].sort((a, b) => a.at - b.at);
}
