import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder, with a slash at its end. */
export const root = fileURLToPath(new URL('../', import.meta.url));

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Lets it write to the terminal; otherwise its output is only returned. */
  readonly show?: boolean;
}

/** Runs a program, one of node_modules/.bin included, to its end. Never throws: a failure is a code other than 0. */
export function runCommand(
  program: string,
  args: readonly string[],
  { cwd = root, env = {}, show = false }: CommandOptions = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const path = `${root}node_modules/.bin${delimiter}${process.env.PATH}`;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }), PATH: path, ...env },
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    shell: process.platform === 'win32',
  });
  const endNow = (): void => void child.kill();
  process.once('exit', endNow);
  child.once('close', () => process.removeListener('exit', endNow));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise(resolve => {
    child.once('error', error => resolve({ code: 1, output: String(error) }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\n${signal}` : output }),
    );
  });
}
