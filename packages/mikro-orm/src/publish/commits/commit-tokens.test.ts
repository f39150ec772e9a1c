import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { CommitTokens, decodeToken } from './commit-tokens.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function heapUsed(): number {
  gc();
  return process.memoryUsage().heapUsed;
}

it('keeps nothing of commits by what the work started and did not wait for', async () => {
  const tokens = new CommitTokens();
  const { promise: isOver, resolve: over } = Promise.withResolvers<void>();
  let started: Promise<number> | undefined;
  await tokens.withToken(() => {
    started = isOver.then(() => {
      const before = heapUsed();
      for (let i = 0; i < 200_000; i++) {
        tokens.enlisted(`transaction ${i}`);
        tokens.committed(`transaction ${i}`);
      }
      return heapUsed() - before;
    });
  });
  over();
  expect(await started).toBeLessThan(2_000_000);
});

it('names in the outer token what the inner work started, and the outer one waited for', async () => {
  const tokens = new CommitTokens();
  const { token } = await tokens.withToken(async () => {
    let committing: Promise<void> | undefined;
    const inner = await tokens.withToken(() => {
      committing = Promise.resolve().then(async () => {
        await new Promise(setImmediate);
        tokens.enlisted('late');
        tokens.committed('late');
      });
    });
    expect(decodeToken(inner.token)).toEqual([]);
    await committing;
  });
  expect(decodeToken(token)).toEqual(['late']);
});
