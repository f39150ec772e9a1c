import { back } from '../traffic/definitions.ts';
import { atTime, type Checker, recordOf, seenIn } from './checker.ts';

interface Last {
  readonly version: number;
  readonly n: number;
  readonly at: number;
}

/**
 * Within one reader's life a record's version never goes back under an address, nor from one address to another as long
 * as both are called fresh; a newer version never has an older state, and one version is one state.
 */
export const g3Forward: Checker = {
  promise: 'G3',
  name: 'forward',
  isFinal: false,
  check(run) {
    const breaches: string[] = [];
    const hasLostData = run.history.of('fault').some(({ lostData }) => lostData);
    const last = new Map<string, Last>();
    const states = new Map<string, { readonly stamp: string; readonly by: string }>();
    for (const event of seenIn(run)) {
      const { by, tenant, address, version, value, at, stale } = event;
      if (version === undefined || !value) continue;
      const record = `${recordOf(event)} of "${tenant}"`;
      const present = { version, n: value.n, at };
      // What is stale under one address may be behind another: it does not say that it is not.
      for (const key of [`${by} ${record} ${address}`, ...(stale ? [] : [`${by} ${record}`])]) {
        const before = last.get(key);
        const breach = before && stepBack(`${by} saw ${record} under "${address}"`, before, present);
        if (breach) breaches.push(breach);
        else last.set(key, present);
      }
      // What was acknowledged and not flushed is gone with Redis's data, and its version is given again: that cannot be helped, whoever saw
      // the first.
      if (address === back.address && hasLostData) continue;
      const state = states.get(`${record} ${version}`);
      if (!state) states.set(`${record} ${version}`, { stamp: value.stamp, by });
      else if (state.stamp !== value.stamp)
        breaches.push(
          `Version ${version} of ${record} was written by ${state.stamp} for ${state.by}, and by ${value.stamp} for ${by} ${atTime(at)}.`,
        );
    }
    return [...new Set(breaches)];
  },
};

function stepBack(who: string, before: Last, { version, n, at }: Last): string | undefined {
  if (version < before.version)
    return `${who} in version ${version} ${atTime(at)}, and in version ${before.version} before, ${atTime(before.at)}.`;
  if (n < before.n)
    return `${who} as n=${n} (version ${version}) ${atTime(at)}, and as n=${before.n} (version ${before.version}) before, ${atTime(before.at)}: a newer version of an older state.`;
  return undefined;
}
