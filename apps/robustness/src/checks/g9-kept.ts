import { atTime, type Checker, type Run } from './checker.ts';

/** An acknowledged write-back comes into the database, once, unless Redis lost its data meanwhile. */
export const g9Kept: Checker = {
  promise: 'G9',
  name: 'kept',
  isFinal: true,
  check(run) {
    const { revisions, dirty, deadLetters } = run.final;
    const breaches = dirty.map(entry => `"${entry}" is still dirty although nobody writes any more.`);
    for (const letter of deadLetters)
      breaches.push(`"${letter}" is a dead letter, and nothing was wrong with its value.`);
    const newest = new Map<string, number>();
    const written = new Map<string, number>();
    for (const { tenant, config, version, stamp, isWriteBack } of revisions) {
      newest.set(`${tenant} ${config}`, Math.max(version, newest.get(`${tenant} ${config}`) ?? 0));
      const key = `${config} ${stamp}`;
      // An audit may give what the database has another version.
      if (isWriteBack && stamp !== undefined) written.set(key, (written.get(key) ?? 0) + 1);
    }
    for (const [key, times] of written)
      if (times > 1) breaches.push(`The write-back ${key} is in the history ${times} times.`);
    const lastLoss = lastLossOf(run);
    for (const { by, tenant, config, stamp, version, at } of run.history.of('acknowledged'))
      if (at > lastLoss && (newest.get(`${tenant} ${config}`) ?? 0) < version)
        breaches.push(
          `${by} was told ${atTime(at)} that ${stamp} is version ${version} of ${config} of "${tenant}"; the database ends at version ${newest.get(`${tenant} ${config}`) ?? 0}.`,
        );
    return breaches;
  },
};

const lastLossOf = ({ history }: Run): number =>
  history
    .of('fault')
    .filter(({ lostData }) => lostData)
    .at(-1)?.at ?? Number.NEGATIVE_INFINITY;
