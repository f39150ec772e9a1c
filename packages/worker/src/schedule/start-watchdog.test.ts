import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startWatchdog } from './start-watchdog.ts';

it.each([
  ['tells of a schedule that it could not renew', false, 1],
  ['tells nothing of what its close cut short', true, 0],
])('%s', async (_what, closesFirst, times) => {
  const asked = Promise.withResolvers<void>();
  const renewed = Promise.withResolvers<void>();
  const errors: Error[] = [];
  const watchdog = startWatchdog({
    tasks: { relay: { lastRunAt: 0, start: () => undefined } as never },
    everyMs: { relay: 1 },
    schedule: {
      next: async () => undefined,
      renew: () => {
        asked.resolve();
        return renewed.promise;
      },
    },
    redis: { status: 'ready' } as never,
    onError: error => errors.push(error),
  });
  await asked.promise;
  if (closesFirst) watchdog.close();
  renewed.reject(new Error('Connection is closed.'));
  await turn();
  watchdog.close();
  expect(errors).toHaveLength(times);
});
