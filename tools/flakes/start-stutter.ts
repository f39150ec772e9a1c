import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Busyness } from './start-busyness.ts';

const script = fileURLToPath(new URL('stutter.ts', import.meta.url));

/**
 * Stops one process after the other for a moment, among all that this one starts: 40 ms on average, 400 at most. It is what a machine
 * with noisy neighbours does, and brings answers in an order that a busy machine rarely shows. Linux only.
 */
export function startStutter(): Busyness {
  const child = fork(script);
  const close = (): void => {
    process.removeListener('exit', close);
    child.kill('SIGTERM');
  };
  process.once('exit', close);
  return { close, [Symbol.dispose]: close };
}
