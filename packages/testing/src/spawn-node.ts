import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { endsWithParent } from './servers/process/ends-with-parent.ts';

export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  /** Everything it printed so far, errors included, by line. */
  readonly lines: readonly string[];
  /** Sends a message that the script receives with `process.on('message')`. */
  send(message: unknown): void;
  /** Hears what the script says with `process.send()`. */
  onMessage(listener: (message: unknown) => void): void;
  /** Resolves with the first line, printed already or later, that matches. Default of the time: what the start of a process may take on a busy machine. */
  waitForLine(match: string | RegExp, timeoutMs?: number): Promise<string>;
  /** Signals it (SIGKILL unless told otherwise) and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Its exit code or the signal that ended it, once it ended. */
  readonly exit: Promise<number | NodeJS.Signals>;
}

/** Of one that imports an ORM, with thirty others that wait for two cores. Less than a test may take, which would not say what the process said. */
const START_MS = 90_000;

/** Runs a script of ours, TypeScript included, in a Node process of its own. */
export function spawnNode(
  script: string | URL,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): NodeProcess {
  const sources = new URL('./sources.ts', import.meta.url).href;
  const path = script instanceof URL || script.startsWith('file:') ? fileURLToPath(script) : script;
  const [command = '', ...before] = [...endsWithParent(), process.execPath];
  const child = spawn(command, [...before, '--import', sources, path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  const endNow = (): void => void child.kill('SIGKILL');
  process.once('exit', endNow);
  // 'close' comes after the last line, 'exit' may come before it.
  const exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  let hasEnded = false;
  exit
    .finally(() => {
      hasEnded = true;
      process.removeListener('exit', endNow);
    })
    .catch(() => {});
  const lines = collectLines(child);
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    child.kill(signal);
    await exit;
  };
  return {
    pid: child.pid as number,
    lines,
    exit,
    kill,
    // Lost where it has ended already.
    send: message => void (child.connected && child.send(message as object, () => undefined)),
    onMessage: listener => void child.on('message', listener),
    waitForLine: async (match, timeoutMs = START_MS) => {
      const matches = (line: string): boolean => (typeof match === 'string' ? line.includes(match) : match.test(line));
      const message = `a line that matches ${match}`;
      const said = () => `it said:\n${lines.join('\n')}`;
      const find = () => {
        const line = lines.find(matches);
        if (line === undefined && !hasEnded) throw new Error(said());
        return { line };
      };
      const { line } = await eventually(find, { timeoutMs, message });
      if (line === undefined) throw new Error(`The process has ended without ${message}: ${said()}`);
      return line;
    },
    [Symbol.asyncDispose]: () => kill(),
  };
}

function collectLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', line => lines.push(line));
  }
  return lines;
}
