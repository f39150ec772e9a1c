import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endsWithParent } from '../packages/testing/src/servers/process/ends-with-parent.ts';

/** The repository's root folder, with a slash at its end. */
export const root = fileURLToPath(new URL('../', import.meta.url));

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Lets it write to the terminal; otherwise its output is only returned. */
  readonly show?: boolean;
}

/** How long a command may take to end when it is told to. */
const ENDS_WITHIN_MS = 5_000;

const running = new Set<ChildProcess>();

/** Runs a program, one of node_modules/.bin included, to its end. Never throws: a failure is a code other than 0. */
export function runCommand(
  program: string,
  args: readonly string[],
  { cwd = root, env = {}, show = false }: CommandOptions = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const path = `${root}node_modules/.bin${delimiter}${process.env.PATH}`;
  const [command = '', ...before] = [...endsWithParent(), program];
  const child = spawn(command, [...before, ...args], {
    cwd,
    env: { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }), PATH: path, ...env },
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    shell: process.platform === 'win32',
    detached: leadsGroup,
  });
  started(child);
  child.once('close', () => ended(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise(resolve => {
    child.once('error', error => {
      ended(child);
      resolve({ code: 1, output: String(error) });
    });
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output }),
    );
  });
}

/** One listener for all: npm packs a dozen packages at once, and Node warns of more than ten. */
function started(child: ChildProcess): void {
  if (running.size === 0) process.on('exit', tellToEnd);
  running.add(child);
}

function ended(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) process.removeListener('exit', tellToEnd);
}

function tellToEnd(): void {
  for (const child of running) signal(child, 'SIGTERM');
}

/** Ends every command that runs, and what it started: politely, then not. */
export async function endCommands(): Promise<void> {
  const ending = [...running];
  for (const child of ending) signal(child, 'SIGTERM');
  const deadline = performance.now() + ENDS_WITHIN_MS;
  while (ending.some(child => running.has(child)) && performance.now() < deadline) await pause(20);
  // Its own children may have outlived it.
  for (const child of ending) signal(child, 'SIGKILL');
}

/** Each command leads a group of its own: a signal reaches all of it, and a Ctrl-C in the terminal only us. */
const leadsGroup = process.platform !== 'win32';

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(leadsGroup ? -child.pid : child.pid, name);
  } catch {} // all of it has ended already
}
