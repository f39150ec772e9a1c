import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import type { PrivateFolder } from './private-folder.ts';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: PrivateFolder;
  readonly answers: () => Promise<boolean>;
  readonly startTimeoutMs?: number;
}

export interface ServerProcess {
  readonly pid: number;
  /** Signals it, and waits until it is gone where the signal ends it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts a server that ends with this process, and returns once it answers. */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const { folder, answers, startTimeoutMs = 60_000 } = command;
  const logFile = join(folder.path, 'server.log');
  const log = openSync(logFile, 'a');
  const [program, ...args] = [...endsWithParent(), command.program, ...command.args];
  // Detached: a Ctrl-C in the terminal reaches only us, and we decide what ends in which order.
  const child = spawn(program as string, args, { stdio: ['ignore', log, log], detached: true });
  const exited = once(child, 'exit');
  exited.catch(() => {});
  const endNow = (): void => void child.kill('SIGKILL');
  process.once('exit', endNow);
  child.once('exit', () => process.removeListener('exit', endNow));
  if (child.pid !== undefined) folder.noteProcess(child.pid);

  try {
    await eventually(() => hasFailed(child) || answers(), { timeoutMs: startTimeoutMs, intervalMs: 20 });
    if (hasFailed(child)) throw new Error(`exit code ${child.exitCode ?? child.signalCode}`);
  } catch (cause) {
    endNow();
    const said = readFileSync(logFile, 'utf8').trim().split('\n').slice(-8).join('\n');
    throw new Error(`${command.program} did not start. Its last words:\n${said}`, { cause });
  }
  return {
    pid: child.pid as number,
    end: async signal => {
      if (hasFailed(child)) return;
      child.kill(signal);
      await exited;
    },
    signal: signal => void child.kill(signal),
  };
}

function hasFailed(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

// The kernel ends the server even if we are killed without a chance to; where that is missing, the next run sweeps.
function endsWithParent(): string[] {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL'] : [];
}
