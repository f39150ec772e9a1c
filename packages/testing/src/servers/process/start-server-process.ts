import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../eventually.ts';
import { endsWithParent } from './ends-with-parent.ts';
import { explainFailure } from './explain-failure.ts';
import type { PrivateFolder } from './private-folder.ts';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: PrivateFolder;
  /** Something once the server serves. */
  readonly answers: () => Promise<unknown>;
}

export interface ServerProcess {
  readonly pid: number;
  /** Signals it, and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  pause(): void;
  resume(): void;
}

/** Starts a server that ends with this process, and returns once it answers. */
export async function startServerProcess({ program, args, folder, answers }: ServerCommand): Promise<ServerProcess> {
  const logFile = join(folder.path, 'server.log');
  const log = openSync(logFile, 'a');
  const [command, ...rest] = [...endsWithParent(), program, ...args];
  // Detached: a Ctrl-C in the terminal reaches only us, and we decide what ends in which order.
  const child = spawn(command as string, rest, { stdio: ['ignore', log, log], detached: true });
  const exited = once(child, 'exit');
  exited.catch(() => {});
  const endNow = (): void => void child.kill('SIGKILL');
  // Several servers at a time are usual here: beyond ten listeners Node warns of a leak.
  process.setMaxListeners(Math.max(process.getMaxListeners(), 100));
  process.prependOnceListener('exit', endNow); // before its folder is removed
  child.once('exit', () => process.removeListener('exit', endNow));
  if (child.pid !== undefined) folder.note({ pid: child.pid });

  try {
    await eventually(() => hasEnded(child) || answers().then(Boolean), { timeoutMs: 60_000, intervalMs: 20 });
    if (hasEnded(child)) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
  } catch (cause) {
    endNow();
    const lastWords = readFileSync(logFile, 'utf8').trim().split('\n').slice(-8).join('\n');
    const remedy = explainFailure(lastWords);
    throw new Error(`${remedy ? `${remedy} ` : ''}${program} did not start. Its last words:\n${lastWords}`, { cause });
  }
  return {
    pid: child.pid as number,
    end: async signal => {
      if (hasEnded(child)) return;
      child.kill('SIGCONT'); // a paused process would not notice a SIGTERM
      child.kill(signal);
      await exited;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
