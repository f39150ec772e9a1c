import { atTime, type Checker } from './checker.ts';

/** Plan, limit and config of a pair are written together, so whoever looks at all three at once sees one number. */
export const g4Whole: Checker = {
  promise: 'G4',
  name: 'whole',
  isFinal: false,
  check({ history }) {
    const hasLostData = history.of('fault').some(({ lostData }) => lostData);
    const breaches: string[] = [];
    for (const { by, tenant, ns, at } of history.of('together')) {
      if (new Set(ns).size === 1) continue;
      // A reader that starts on a Redis that lost its data takes what is missing for absent, as the guarantees say.
      if (hasLostData && ns.includes(0)) continue;
      breaches.push(
        `${by} saw half of a transaction of "${tenant}" ${atTime(at)}: plan n=${ns[0]}, limit n=${ns[1]}, config n=${ns[2]} at one moment.`,
      );
    }
    return breaches;
  },
};
