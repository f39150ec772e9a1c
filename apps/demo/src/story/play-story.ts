import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Demo } from '../supervisor/demo.ts';
import { adminSteps } from './admin-steps.ts';
import { databaseSteps, withoutWorker } from './alone-steps.ts';
import { create, move, remove, rename, swap, update } from './everyday-steps.ts';
import { flusherKilled } from './flush-step.ts';
import { history } from './history-step.ts';
import { outageSteps } from './outage-steps.ts';
import { rollback } from './rollback-step.ts';
import { changeGroups, ownField, setForGroup } from './scope-steps.ts';
import { settingInTransaction } from './setting-rollback-step.ts';
import { refuse, setAround, setThrough, unset } from './setting-steps.ts';
import type { Step } from './step.ts';
import { printFailure, printHeading, printStep } from './story-table.ts';
import { noPasswordTold, swapSteps } from './swap-steps.ts';
import { together } from './together-step.ts';
import { workerKilled } from './worker-step.ts';
import { coalesce, setBack } from './write-back-steps.ts';

// Tells an end from a hang, also on a busy machine that has to run a browser, too.
const END_AFTER_MS = 240_000;

/** Plays every step, prints a row for each, and answers whether all of them were seen. Stops at the first that was not. */
export async function playStory(demo: Demo, browser: Browser): Promise<boolean> {
  const { database, readers, writer, worker, admin } = demo.parts;
  const steps = stepsWith(browser);
  const processes = [
    `writer ${writer.pid}`,
    `worker ${worker.pid}`,
    `admin ${admin.pid}`,
    ...readers.map(({ name, pid }) => `${name} ${pid}`),
  ];
  console.log(`Processes: ${processes.join(', ')}. Each step is compared with what ${database.kind} says.\n`);
  const startedAt = performance.now();
  const crashed = new Promise<never>((_, reject) => demo.events.once('crash', sentence => reject(new Error(sentence))));
  const tooLate = pause(END_AFTER_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the story took longer than ${END_AFTER_MS / 1000} s`);
  });
  for (const promise of [crashed, tooLate]) promise.catch(() => undefined);

  printHeading();
  for (const step of steps) {
    try {
      await Promise.race([playStep(demo, step), crashed, tooLate]);
    } catch (error) {
      printFailure(step, error);
      return false;
    }
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`\n${steps.length} of ${steps.length} steps seen by every reader in ${seconds} s.`);
  return true;
}

const start: Step = {
  name: 'start with what was seeded',
  play: async demo => {
    await demo.settled();
    return { affected: [], seen: 'both readers' };
  },
};

/** Rows, then settings, then scopes, then the admin's page, then services that follow their configs, then what breaks; each builds on those before it. */
const stepsWith = (browser: Browser): readonly Step[] => [
  start,
  ...[create, update, rename, swap, together, rollback, move, remove],
  ...[setThrough, refuse, setAround, setBack, coalesce, history, settingInTransaction, unset],
  ...[setForGroup, ownField, changeGroups],
  ...adminSteps(browser),
  ...swapSteps,
  ...outageSteps(),
  ...[withoutWorker, workerKilled, flusherKilled],
  ...databaseSteps(),
  noPasswordTold,
];

async function playStep(demo: Demo, step: Step): Promise<void> {
  const outcome = await step.play(demo);
  const settled = step.leavesDown ? undefined : await demo.settled();
  printStep(step, outcome, settled?.keys);
}
