import { back } from '../traffic/definitions.ts';
import { type Checker, describe, isSame } from './checker.ts';

/**
 * Every reader that lived through it ends at the latest state, fresh, and its sweep had nothing to repair. What Redis may have
 * lost before the database had it may be stale instead.
 */
export const g6Gapless: Checker = {
  promise: 'G6',
  name: 'gapless',
  isFinal: true,
  check({ history, final: { readers, expected, repairedBySweep } }) {
    const breaches: string[] = [];
    const hasLostData = history.of('fault').some(({ lostData }) => lostData);
    for (const [reader, memory] of readers) {
      for (const [key, { value, version, stale }] of memory) {
        // A lost write-back that was seen is not followed back: until its version was passed, the reader must not call it fresh.
        if (stale && hasLostData && key.endsWith(back.address)) continue;
        const wanted = expected.get(key)?.value;
        if (!isSame(value, wanted))
          breaches.push(
            `${reader} ended with ${describe(value)} for "${key}" (version ${version}${stale ? ', stale' : ''}); the database has ${describe(wanted)}.`,
          );
        else if (stale !== false) breaches.push(`${reader} still calls "${key}" stale at the end.`);
      }
    }
    for (const [reader, times] of repairedBySweep)
      if (times > 0)
        breaches.push(`The sweep of ${reader} found ${times} values that its feed should have told it, and had not.`);
    return breaches;
  },
};
