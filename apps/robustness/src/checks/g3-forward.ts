import { atTime, type Checker, recordOf, seenIn } from './checker.ts';

interface Last {
  readonly version: number;
  readonly n: number;
  readonly at: number;
}

/** Within one reader's life a record's version never goes back, a newer version never has an older state, and one version is one state. */
export const g3Forward: Checker = {
  promise: 'G3',
  name: 'forward',
  isFinal: false,
  check(run) {
    const breaches: string[] = [];
    const last = new Map<string, Last>();
    const states = new Map<string, { readonly stamp: string; readonly by: string }>();
    for (const event of seenIn(run)) {
      const { by, tenant, version, value, at } = event;
      if (version === undefined || !value) continue;
      const record = `${recordOf(event)} of "${tenant}"`;
      const key = `${by} ${record}`;
      const before = last.get(key);
      if (before && version < before.version)
        breaches.push(
          `${by} saw ${record} in version ${before.version} ${atTime(before.at)}, and in version ${version} ${atTime(at)}.`,
        );
      else if (before && value.n < before.n)
        breaches.push(
          `${by} saw ${record} as n=${before.n} (version ${before.version}) ${atTime(before.at)}, and as n=${value.n} (version ${version}) ${atTime(at)}: a newer version of an older state.`,
        );
      else last.set(key, { version, n: value.n, at });
      const state = states.get(`${record} ${version}`);
      if (!state) states.set(`${record} ${version}`, { stamp: value.stamp, by });
      else if (state.stamp !== value.stamp)
        breaches.push(
          `Version ${version} of ${record} was written by ${state.stamp} for ${state.by}, and by ${value.stamp} for ${by} ${atTime(at)}.`,
        );
    }
    return breaches;
  },
};
