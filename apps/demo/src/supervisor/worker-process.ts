import { fileURLToPath } from 'node:url';
import type { ReportLine } from '../write-side/report-line.ts';
import { type Child, type ChildOptions, startChild } from './start-child.ts';

/** The `tenantry-worker` program with the demo's configuration, which can be killed and started again. */
export interface WorkerProcess {
  /** Undefined while none runs. */
  readonly pid: number | undefined;
  /** Resolves once it works. */
  start(): Promise<void>;
  /** SIGSTOP: it stands still in the middle of whatever it does. */
  pause(): void;
  resume(): void;
  readonly isPaused: boolean;
  /** SIGKILL: no time to finish anything. */
  kill(): Promise<void>;
  end(): Promise<void>;
}

// Beside the package's entry: the file that its `bin` names.
const PROGRAM = new URL('./main.js', import.meta.resolve('@tenantry/worker')).href;
const CONFIG = fileURLToPath(new URL('../worker/worker.config.js', import.meta.url));

export function createWorkerProcess(
  options: Omit<ChildOptions, 'script' | 'name'>,
  onReport: (line: ReportLine) => void,
): WorkerProcess {
  let child: Child | undefined;
  let isPaused = false;
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    child?.signal(name);
    isPaused = child !== undefined && name === 'SIGSTOP';
  };
  const stop = async (how: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    // What stands still cannot end politely.
    signal('SIGCONT');
    const ending = child;
    child = undefined;
    await ending?.end(how);
  };
  return {
    get pid() {
      return child?.pid;
    },
    get isPaused() {
      return isPaused;
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async start() {
      if (child) return;
      const started = startChild({ ...options, name: 'worker', script: PROGRAM, args: ['--config', CONFIG] });
      child = started;
      void started.ended.then(() => {
        if (child === started) child = undefined;
      });
      started.onMessage((message: ReportLine) => onReport(message));
      await started.until(said => said === 'tenantry-worker: ready' || undefined);
    },
    kill: () => stop('SIGKILL'),
    end: () => stop('SIGTERM'),
  };
}
