import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Busyness extends Disposable {
  close(): void;
}

const script = fileURLToPath(new URL('keep-busy.ts', import.meta.url));

/** A process that never rests for each core, and one that writes to `folder`. They end with us, however we end. */
export function startBusyness(folder: string): Busyness {
  const cores = Array.from({ length: availableParallelism() }, () => fork(script, ['core']));
  const processes: ChildProcess[] = [...cores, fork(script, ['disk', folder])];
  const close = (): void => {
    process.removeListener('exit', close);
    for (const each of processes) each.kill('SIGKILL');
  };
  process.once('exit', close);
  return { close, [Symbol.dispose]: close };
}
