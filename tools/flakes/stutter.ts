import { readdirSync, readFileSync } from 'node:fs';

// The process of start-stutter.ts: stops and continues one process after the other, among those that its parent has started.

const LONGEST_MS = 400;
const MEAN_MS = 40;
const PAUSE_MS = 20;

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly name: string;
}

let stopped: number | undefined;
process.on('SIGTERM', end);
process.on('disconnect', end);
step();

function step(): void {
  const candidates = descendantsOf(process.ppid);
  const chosen = candidates[Math.floor(Math.random() * candidates.length)];
  if (chosen !== undefined) stop(chosen);
  const ms = Math.min(LONGEST_MS, -MEAN_MS * Math.log(1 - Math.random()));
  setTimeout(() => {
    goOn();
    setTimeout(step, PAUSE_MS);
  }, ms);
}

function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGSTOP');
    stopped = pid;
  } catch {
    // It has just ended.
  }
}

function goOn(): void {
  if (stopped === undefined) return;
  try {
    process.kill(stopped, 'SIGCONT');
  } catch {
    // Killed while it stood still.
  }
  stopped = undefined;
}

function end(): void {
  goOn();
  process.exit(0);
}

/**
 * Those that are not stopped already: a test may have stopped them, and counts on it. None that belongs to fish: it waits no more for
 * a child that was stopped (3.6.0).
 */
function descendantsOf(root: number): number[] {
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  const seen = all.map(read).filter(each => each !== undefined);
  const found = new Set([root]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const { pid, parent, name } of seen)
      if (pid !== process.pid && name !== 'fish' && found.has(parent)) found.add(pid);
  }
  const isRunning = ({ pid, state }: Seen) => found.has(pid) && pid !== root && !/^[TtZX]$/.test(state);
  return seen.filter(isRunning).map(({ pid }) => pid);
}

function read(pid: string): Seen | undefined {
  try {
    // The name of the program stands in parentheses, and may hold anything.
    const [, program = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const [state = '', parent] = rest.split(' ');
    return { pid: Number(pid), parent: Number(parent), state, name: program };
  } catch {
    return undefined;
  }
}
