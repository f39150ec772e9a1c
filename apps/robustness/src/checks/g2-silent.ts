import { atTime, type Checker, recordOf, seenIn } from './checker.ts';

/** Nobody ever saw what no transaction committed. */
export const g2Silent: Checker = {
  promise: 'G2',
  name: 'silent',
  isFinal: false,
  check(run) {
    const { committed } = run.final;
    const attempted = new Set(run.history.of('attempt').map(({ stamp }) => stamp));
    const breaches = new Map<string, string>();
    for (const event of seenIn(run)) {
      const stamp = event.value?.stamp;
      if (stamp === undefined || committed.has(stamp) || attempted.has(stamp) || breaches.has(stamp)) continue;
      breaches.set(
        stamp,
        `${event.by} saw ${recordOf(event)} of "${event.tenant}" in version ${event.version}, written by ${stamp}, ${atTime(event.at)}: that was never committed.`,
      );
    }
    return [...breaches.values()];
  },
};
