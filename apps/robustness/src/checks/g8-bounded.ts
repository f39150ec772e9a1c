import { BUDGETS } from '../traffic/settings.ts';
import { atTime, type Checker } from './checker.ts';

/** What a busy machine may add to any time. */
const BUSY_MS = 1_000;
// A config has a budget of its own for Redis, which is no longer.
const WRITE_BACK_MS = 200;
// What a change of groups may take to publish, as the store says.
const GROUPS_MS = 1_000;

/** No call of a reader, and nothing after a commit, takes longer than its budget; no write fails because of Redis. */
export const g8Bounded: Checker = {
  promise: 'G8',
  name: 'bounded',
  isFinal: false,
  check({ history }) {
    const breaches: string[] = [];
    for (const { by, what, ms, at } of history.of('call')) {
      const budgetMs = BUDGETS.readMs + (what === 'entry' ? 0 : BUDGETS.loadMs);
      if (ms > budgetMs + BUSY_MS)
        breaches.push(`${by} waited ${Math.round(ms)} ms for \`${what}\` ${atTime(at)}; its budget is ${budgetMs} ms.`);
    }
    for (const { by, what, stamp, ms, afterCommitMs, error, at } of history.of('write')) {
      const isWriteBack = what === 'write-back';
      const publishMs = what.startsWith('membership') ? GROUPS_MS : BUDGETS.publishMs;
      if (afterCommitMs !== undefined && afterCommitMs > publishMs + BUSY_MS && !isWriteBack)
        breaches.push(
          `${by} waited ${Math.round(afterCommitMs)} ms after the commit of ${stamp} (${what}) ${atTime(at)}; the budget is ${publishMs} ms.`,
        );
      if (isWriteBack && ms > WRITE_BACK_MS + BUSY_MS)
        breaches.push(
          `${by} waited ${Math.round(ms)} ms for its write-back ${stamp} ${atTime(at)}; the budget is ${WRITE_BACK_MS} ms.`,
        );
      if (error?.code === 'other' || (!isWriteBack && error?.code === 'UNAVAILABLE'))
        breaches.push(
          `The write ${stamp} (${what}) of ${by} failed ${atTime(at)} for a reason that is not the database's: ${error.text}`,
        );
    }
    return breaches;
  },
};
