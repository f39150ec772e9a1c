import type { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { BackgroundTask, type TaskSignals } from './background-task.ts';

it('runs once at a time, and once more for whoever asked meanwhile', async () => {
  const { task, runs } = heldTask();
  for (let i = 0; i < 5; i++) task.start();
  expect(runs).toHaveLength(1);
  runs[0]?.end();
  await eventually(() => runs.length === 2);
  runs[1]?.end();
  await task.stop();
  expect(runs).toHaveLength(2);
});

it('reports a failure without its message, and runs again when asked', async () => {
  const { task, runs, errors } = heldTask();
  task.start();
  runs[0]?.fail(Object.assign(new Error("insert into t values ('s3cr3t')"), { code: 'ER_X' }));
  await eventually(() => errors.length === 1);
  expect(errors[0]?.message).toBe('Counting failed with Error (ER_X); it is tried again.');
  task.start();
  expect(runs).toHaveLength(2);
});

it('begins another run beside one that gives no sign for a minute', async () => {
  const { task, runs, errors, pass } = heldTask();
  task.start();
  pass(59_000);
  runs[0]?.signals.heartbeat();
  pass(59_000);
  task.start();
  expect(runs).toHaveLength(1);
  pass(1_001);
  task.start();
  expect(runs).toHaveLength(2);
  expect(errors).toMatchObject([{ code: 'TIMEOUT' }]);
  // The late end of the first is nothing to the second.
  runs[0]?.end();
  await Promise.resolve();
  task.start();
  expect(runs).toHaveLength(2);
});

it('stops after the runs under way, tells them, and begins no more', async () => {
  const { task, runs, errors } = heldTask();
  task.start();
  task.start();
  let stopped = false;
  const stopping = task.stop().then(() => {
    stopped = true;
  });
  expect(runs[0]?.signals.stopping()).toBe(true);
  expect(stopped).toBe(false);
  runs[0]?.fail(new Error('cut short'));
  await stopping;
  task.start();
  expect(runs).toHaveLength(1);
  expect(errors).toEqual([]);
});

function heldTask() {
  const runs: { signals: TaskSignals; end(): void; fail(error: Error): void }[] = [];
  const errors: TenantryError[] = [];
  let now = 0;
  const task = new BackgroundTask({
    name: 'Counting',
    run: signals => new Promise((end, fail) => runs.push({ signals, end, fail })),
    onError: error => errors.push(error),
    clock: () => now,
  });
  return {
    task,
    runs,
    errors,
    pass: (ms: number) => {
      now += ms;
    },
  };
}
