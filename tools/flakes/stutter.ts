import { readdirSync, readFileSync } from 'node:fs';

// The process of start-stutter.ts: stops and continues one process after the other, among those that its parent has started.

const LONGEST_MS = 400;
const MEAN_MS = 40;
const PAUSE_MS = 20;

/** They take a child that stands still for one that a person has stopped: `script` stops as well, fish goes on without its output. */
const JOB_CONTROL: ReadonlySet<string> = new Set(['script', 'fish']);

interface Seen {
  readonly pid: number;
  readonly parent: number;
  /** Of its program, as far as the system keeps it. */
  readonly name: string;
  readonly state: string;
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

/** Those that are not stopped already: a test may have stopped them, and counts on it. */
function descendantsOf(root: number): number[] {
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  const seen = all.map(read).filter(each => each !== undefined);
  const found = new Set([root]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const { pid, parent } of seen) if (pid !== process.pid && found.has(parent)) found.add(pid);
  }
  const nameOf = new Map(seen.map(({ pid, name }) => [pid, name]));
  const isRunning = ({ pid, parent, state }: Seen) =>
    found.has(pid) && pid !== root && !/^[TtZX]$/.test(state) && !JOB_CONTROL.has(nameOf.get(parent) ?? '');
  return seen.filter(isRunning).map(({ pid }) => pid);
}

function read(pid: string): Seen | undefined {
  try {
    // The name of the program stands in parentheses, and may hold anything.
    const [, program = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const [state = '', parent] = rest.split(' ');
    return { pid: Number(pid), parent: Number(parent), name: program, state };
  } catch {
    return undefined;
  }
}
