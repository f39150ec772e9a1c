import { atTime, type Checker } from '../checker.ts';
import { marksOf } from './scope-truth.ts';

/** Each scope sets both configs together, so whoever looks at them at once sees the same of it in both. */
export const wholeInScopes: Checker = {
  promise: 'G4',
  name: 'whole in each scope',
  isFinal: false,
  check({ history, final: { files } }) {
    const hasLostData = history.of('fault').some(({ lostData }) => lostData);
    const breaches = new Set<string>();
    for (const { by, tenant, marks, at } of history.of('twins')) {
      const [one = {}, other = {}] = marks.map(each => marksOf({ marks: each }));
      for (const scope of new Set([...Object.keys(one), ...Object.keys(other)])) {
        if (one[scope] === other[scope]) continue;
        if ([one, other].some(each => files.torn.has(each[scope] ?? ''))) continue;
        // A reader that starts on a Redis that lost its data takes what is missing for absent, as the guarantees say.
        if (hasLostData && (one[scope] === undefined || other[scope] === undefined)) continue;
        breaches.add(
          `${by} saw half of a transaction of ${scope} for "${tenant}" ${atTime(at)}: one config of ${one[scope] ?? 'nobody'}, the other of ${other[scope] ?? 'nobody'}.`,
        );
      }
    }
    return [...breaches];
  },
};
